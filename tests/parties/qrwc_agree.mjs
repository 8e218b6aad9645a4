// Sets controls with the vendor's own library and tells what it holds to be true, line by line.
// Usage: node qrwc_agree.mjs URL, then JSON lines on standard input, each answered by one:
//   {"set": [[component, control, value or {"Position": 0.5}], ...]}  all at once -> {"set": count}
//   {"tell": [[component, control], ...]}  -> {"tell": [[value, string, position], ...]}
import { createInterface } from 'node:readline'
import { Qrwc } from '@q-sys/qrwc'
import WebSocket from 'ws'

const say = (line) => console.log(JSON.stringify(line))
const errors = []
const qrwc = await Qrwc.createQrwc({ socket: new WebSocket(process.argv[2]), pollingInterval: 34 })
qrwc.on('error', (error) => errors.push(String(error)))
const control = ([component, name]) => qrwc.components[component].controls[name]
const state = ({ state }) => [state.Value, state.String, state.Position]

say({ ready: Object.keys(qrwc.components).length })
for await (const line of createInterface({ input: process.stdin })) {
  const { set, tell } = JSON.parse(line)
  if (set) await Promise.all(set.map(([component, name, value]) => control([component, name]).update(value)))
  say(set ? { set: set.length, errors } : { tell: tell.map((path) => state(control(path))), errors })
}
qrwc.close()
