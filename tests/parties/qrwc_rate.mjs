// How often the vendor's own library gets new values of what always changes, at its shortest pause.
// Usage: node qrwc_rate.mjs URL SECONDS
import { Qrwc } from '@q-sys/qrwc'
import WebSocket from 'ws'

const [url, seconds] = process.argv.slice(2)
const socket = new WebSocket(url)
let polls = 0
socket.on('message', (data) => {
  // Answers to its polls are the only ones with changes.
  if (data.includes('"Changes"')) polls += 1
})
await Qrwc.createQrwc({ socket, pollingInterval: 34 })
await new Promise((resolve) => setTimeout(resolve, 1000))
polls = 0
const began = performance.now()
const cpu = process.cpuUsage()
setTimeout(() => {
  const took = (performance.now() - began) / 1000
  const spent = process.cpuUsage(cpu)
  console.log(JSON.stringify({ hz: polls / took, cpu: (spent.user + spent.system) / 1e6 / took }))
  process.exit(0)
}, Number(seconds) * 1000)
