import type { SeenNode } from '../nodes/node.ts'
import { type Finding, ok, problem } from './finding.ts'

const LIVES_SECONDS = 120
// A little longer than from one beat to the next.
const MISSED_A_BEAT_SECONDS = 45

/** The nodes that serve now: those seen in the last two minutes, but for one whose successor has told of itself since. */
export const living = (nodes: readonly SeenNode[]): SeenNode[] =>
  nodes.filter(
    (node) =>
      node.seenAgoSeconds <= LIVES_SECONDS &&
      (node.seenAgoSeconds <= MISSED_A_BEAT_SECONDS || !nodes.some((other) => succeeds(other, node))),
  )

/** Ids sort by age. Two at work under one name both keep telling of themselves. */
const succeeds = (other: SeenNode, node: SeenNode): boolean => other.name === node.name && other.id > node.id

/** Whether every node takes what every other hands out: the same keys, secret and address. */
export function judgeNodes(nodes: readonly SeenNode[]): Finding[] {
  if (nodes.length === 0) return [ok('No node has told of itself in the last two minutes.')]
  const findings = [
    ...judgeKeys(nodes),
    ...judgeDifference(nodes, 'secretPrint'),
    ...judgeDifference(nodes, 'publicUrl'),
    ...judgeDifference(nodes, 'version'),
  ]
  const names = nodes.map(({ name }) => name).join(', ')
  return findings.length > 0
    ? findings
    : [
        ok(
          nodes.length === 1
            ? `One node serves: ${names}.`
            : `${nodes.length} nodes serve, and agree: ${names}.`,
        ),
      ]
}

function judgeKeys(nodes: readonly SeenNode[]): Finding[] {
  return nodes.flatMap((node) => {
    if (node.signingKid === null)
      return [
        problem(
          `${node.name} has no key to sign with.`,
          'Give it the files that KEYS_DIR of the other nodes holds.',
        ),
      ]
    const { signingKid } = node
    return nodes
      .filter(({ kids }) => !kids.includes(signingKid))
      .map((lacking) =>
        problem(
          `${lacking.name} lacks the key ${signingKid} that ${node.name} signs with, and refuses its tokens.`,
          `Copy the file of that key into KEYS_DIR of ${lacking.name}.`,
        ),
      )
  })
}

const DIFFERENCES = {
  secretPrint: {
    what: 'have different secrets, so one refuses the refresh tokens of the other',
    whatToDo: 'Set the same SECRET on every node, and start them again.',
    isShown: false,
  },
  publicUrl: {
    what: 'have different PUBLIC_URLs, so one refuses the tokens of the other',
    whatToDo: 'Set the same PUBLIC_URL on every node, and start them again.',
    isShown: true,
  },
  version: {
    what: 'are of different versions',
    whatToDo: 'Bring all of them to the same version.',
    isShown: true,
  },
} as const

function judgeDifference(nodes: readonly SeenNode[], field: keyof typeof DIFFERENCES): Finding[] {
  const byValue = Map.groupBy(nodes, (node) => node[field])
  if (byValue.size === 1) return []
  const { what, whatToDo, isShown } = DIFFERENCES[field]
  const groups = [...byValue].map(([value, having]) => {
    const names = having.map(({ name }) => name).join(', ')
    return isShown ? `${names} (${value})` : names
  })
  return [problem(`${groups.join(' and ')} ${what}.`, whatToDo)]
}
