// Drives a Core over TCP with an independent client and prints what it saw as JSON.
// Usage: node qrc_party.mjs HOST PORT
import { setTimeout as sleep } from 'node:timers/promises'
import module from 'qsys-qrc-client'

const { default: QrcClient, commands } = module
const [host, port] = process.argv.slice(2)
const client = new QrcClient()
const pushed = []
client.on('request', (request) => pushed.push(request.method))
client.connect({ host, port: Number(port) })

const failure = async (command) => {
  try {
    return { answered: await client.send(command) }
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message }
  }
}
const add = (id) => commands.addComponentControlsToGroup(id, 'Lobby Gain', ['gain'])

const report = {}
report.status = await client.send(commands.getStatus())
report.components = (await client.send(commands.getComponents())).map((one) => one.Name)
report.controls = await client.send(commands.getComponentControls('Lobby Gain', ['gain', 'mute']))
report.named = await client.send(commands.getNamedControls('LobbyGain', 'Lobby Mute'))
report.set = await client.send(
  commands.setComponentControls('Lobby Gain', [{ Name: 'gain', Value: -12.5 }]),
)
await client.send(commands.setNamedControl('Lobby Mute', true))
report.after = await client.send(commands.getNamedControls('LobbyGain', 'Lobby Mute'))

await client.send(add('one'))
report.first_poll = await client.send(commands.pollGroup('one'))
report.second_poll = await client.send(commands.pollGroup('one'))
await client.send(commands.setNamedControl('LobbyGain', -6))
report.third_poll = await client.send(commands.pollGroup('one'))
await client.send(commands.invalidateGroup('one'))
report.invalidated_poll = await client.send(commands.pollGroup('one'))

await client.send(commands.addComponentControlsToGroup('auto', 'Meters 1', ['meter.1', 'meter.2']))
const automatic = []
const subscription = client
  .pollGroup('auto', { rate: 0.1, autoDestroy: true })
  .subscribe((update) => automatic.push(update))
const deadline = Date.now() + 5000
while (automatic.length < 5 && Date.now() < deadline) await sleep(20)
subscription.unsubscribe()
report.automatic = automatic.slice(0, 5)

for (const id of ['two', 'three', 'four']) await client.send(add(id))
report.failures = {
  method: await failure({ method: 'No.Such' }),
  component: await failure(commands.getComponentControls('Nobody', ['gain'])),
  control: await failure(commands.getComponentControls('Lobby Gain', ['nothing'])),
  group: await failure(commands.pollGroup('unknown')),
  fifth_group: await failure(add('five')),
}
await client.send(commands.destroyGroup('two'))
report.after_destroy = await failure(add('five'))
report.pushed = [...new Set(pushed)]
console.log(JSON.stringify(report))
// Closing is reported as an error ("premature close") by this client; the report is out.
client.on('error', () => {})
client.end()
