import assert from 'node:assert/strict'

/** For tests only: reads what Prometheus would read, and refuses what it would refuse. */

const SAMPLE = /^([a-z_][a-z0-9_]*(?:\{(?:[a-z_]+="[^"\n]*",?)+\})?) (\S+)$/
const COMMENT = /^# (HELP [a-z0-9_]+ \S.*|TYPE [a-z0-9_]+ (counter|gauge|histogram))$/

/** Every line with its number, by its name and labels as they are written. */
export function readSamples(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n'))
  const samples = new Map<string, number>()
  for (const line of text.split('\n').filter((line) => line !== '')) {
    if (COMMENT.test(line)) continue
    const [, name, value] = SAMPLE.exec(line) ?? assert.fail(`not a sample: ${line}`)
    assert.ok(name && !samples.has(name), line)
    samples.set(name, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value))
  }
  return samples
}

/** Those of one metric that are not 0, by their labels. */
export function samplesOf(text: string, metric: string): Record<string, number> {
  const ours = [...readSamples(text)].filter(([name, value]) => name.split('{')[0] === metric && value !== 0)
  return Object.fromEntries(ours.map(([name, value]) => [name.slice(metric.length), value]))
}
