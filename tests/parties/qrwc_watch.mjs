// Watches one control with the vendor's own library: a JSON line when ready, and one a change.
// Usage: node qrwc_watch.mjs URL COMPONENT CONTROL
import { Qrwc } from '@q-sys/qrwc'
import WebSocket from 'ws'

const [url, component, control] = process.argv.slice(2)
const say = (line) => console.log(JSON.stringify(line))
const qrwc = await Qrwc.createQrwc({ socket: new WebSocket(url), pollingInterval: 34 })
const watched = qrwc.components[component].controls[control]
qrwc.on('error', (error) => say({ error: String(error) }))
watched.on('update', (state) => say({ value: state.Value }))
say({ ready: true, value: watched.state.Value })
