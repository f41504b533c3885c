// SPDX-License-Identifier: Apache-2.0
// Reads lines of LANGUAGE<tab>QUERY, of promql or logql; prints those that are not of its grammar, and ends with code 1 then.
import { readFileSync } from 'node:fs'
import { parser as logql } from '@grafana/lezer-logql'
import { parser as promql } from '@prometheus-io/lezer-promql'

const parsers = { logql, promql }
const lines = readFileSync(0, 'utf8').split('\n').filter(line => line !== '')
let faults = 0
for (const line of lines) {
  const [language, query] = line.split('\t')
  const places = []
  parsers[language].parse(query).iterate({
    enter: node => {
      if (node.type.isError) places.push(node.from)
    },
  })
  if (places.length) {
    console.log(`no ${language} at ${places}: ${query}`)
    faults++
  }
}
console.log(`${lines.length - faults} of ${lines.length} queries are of their grammar`)
process.exit(faults ? 1 : 0)
