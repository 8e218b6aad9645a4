// Drives a Core over WebSocket with the vendor's own library and prints what it saw as JSON.
// Usage: node qrwc_party.mjs URL SECONDS [CA_FILE]
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Qrwc } from '@q-sys/qrwc'
import WebSocket from 'ws'

const [url, seconds, caFile] = process.argv.slice(2)
const socket = new WebSocket(url, caFile ? { ca: readFileSync(caFile) } : {})
const errors = []
const started = performance.now()
const logger = { error: (error) => errors.push(String(error?.message ?? error)) }
const qrwc = await Qrwc.createQrwc({ socket, pollingInterval: 34, logger })
const ready_ms = performance.now() - started

let updates = 0
const updated = new Set()
qrwc.on('error', (error) => errors.push(String(error)))
qrwc.on('update', (component, control) => {
  updates += 1
  updated.add(`${component.name}:${control.name}`)
})

const { gain, mute } = qrwc.components['Lobby Gain'].controls
const page = qrwc.components['Touch Screen (Lobby)'].controls['current.uci']
const sets = {
  value: await gain.update(-42.1),
  clamped: await gain.update(99),
  position: await gain.update({ Position: 0.75 }),
  bool: await mute.update(true),
  text: await page.update('Audio'),
}
await sleep(Number(seconds) * 1000)

const components = Object.values(qrwc.components)
const report = {
  ready_ms,
  engine: qrwc.engineStatus,
  components: components.map((one) => one.name),
  controls: components.reduce((sum, one) => sum + Object.keys(one.controls).length, 0),
  sets,
  state: { gain: gain.state, mute: mute.state, page: page.state },
  updates,
  updated: [...updated],
  errors,
}
qrwc.close()
console.log(JSON.stringify(report))
