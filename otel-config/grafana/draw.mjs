// SPDX-License-Identifier: Apache-2.0
// Draws the panels of a dashboard that ask Prometheus, of real data, as a page of HTML, for where there is no Grafana:
//   node draw.mjs DASHBOARD.json http://PROMETHEUS FROM TO [VARIABLE=VALUE]... >page.html     FROM and TO in seconds since 1970
import { readFileSync } from 'node:fs'

const [file, prometheus, from, to, ...settings] = process.argv.slice(2)
const dashboard = JSON.parse(readFileSync(file, 'utf8'))
const step = Math.max(1, Math.round((to - from) / 120))
const values = {
  dot: '_', role: 'client', job: '.*', instance: '.*', agent: '.*',
  __range: `${Math.ceil(to - from)}s`, __rate_interval: `${4 * step}s`,
  ...Object.fromEntries(settings.map(each => each.split('='))),
}
const colors = ['#2f6fde', '#e0752d', '#2f9e5b', '#c4314b', '#8a5cd0', '#b8860b', '#1aa0b0', '#777777']
const width = 420, height = 190, left = 58, right = 10, top = 12, bottom = 22

const filled = text => text.replace(/\$\{?(\w+)}?/g, (all, name) => values[name] ?? all)
const escaped = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)

async function ask(path, query, more) {
  const answer = await fetch(`${prometheus}/api/v1/${path}?${new URLSearchParams({ query, ...more })}`)
  const body = await answer.json()
  if (body.status !== 'success') throw new Error(`${query}: ${body.error}`)
  return body.data.result
}

function scaled(number, prefixes) {
  const [factor, prefix] = prefixes.find(([least]) => Math.abs(number) >= least) ?? prefixes.at(-1)
  return `${+(number / factor).toPrecision(3)}${prefix}`
}

const thousands = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']]
const units = {
  s: n => (n === 0 ? '0' : scaled(n, [[1, ' s'], [1e-3, ' ms'], [1e-6, ' µs']])),
  Bps: n => (n === 0 ? '0' : scaled(n, [[1e9, ' GB/s'], [1e6, ' MB/s'], [1e3, ' kB/s'], [1, ' B/s']])),
  cps: n => (n === 0 ? '0' : `${scaled(n, thousands)}/s`),
  short: n => scaled(n, thousands),
  percentunit: n => n === 0 ? '0' : `${+(100 * n).toPrecision(3)} %`,
}

// The next of 1, 2, 5, 10, 20, ... above a number.
function round(number) {
  const power = 10 ** Math.floor(Math.log10(number))
  return power * [1, 2, 5, 10].find(each => each * power >= number * 0.999)
}

function chart(series, unit) {
  const finite = series.flatMap(each => each.values.map(([, v]) => +v)).filter(Number.isFinite)
  const highest = round(Math.max(...finite, 0) || 1)
  const x = time => left + ((time - from) / (to - from)) * (width - left - right)
  const y = value => height - bottom - (value / highest) * (height - top - bottom)
  const grid = [0, 0.25, 0.5, 0.75, 1].map(part => {
    const at = y(part * highest)
    return `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" class="grid"/>` +
      `<text x="${left - 6}" y="${at + 3.5}" class="value">${escaped(units[unit](part * highest))}</text>`
  })
  const times = [0, 0.5, 1].map(part =>
    `<text x="${left + part * (width - left - right)}" y="${height - 6}" text-anchor="${['start', 'middle', 'end'][2 * part]}">` +
    `+${Math.round(part * (to - from))} s</text>`)
  const lines = series.map((each, index) => {
    let path = '', last = 0
    for (const [time, value] of each.values) {
      if (!Number.isFinite(+value)) continue
      path += `${time - last > 2 * step ? 'M' : 'L'}${x(time).toFixed(1)} ${y(+value).toFixed(1)}`
      last = time
    }
    return `<path d="${path}" stroke="${colors[index % colors.length]}"/>`
  })
  return `<svg viewBox="0 0 ${width} ${height}">${grid.join('')}${times.join('')}${lines.join('')}</svg>`
}

function legend(series) {
  return `<ul>${series.map((each, index) =>
    `<li><i style="background:${colors[index % colors.length]}"></i>${escaped(each.name || '(none)')}</li>`).join('')}</ul>`
}

const named = (target, series) => filled(target.legendFormat ?? '').replace(/\{\{([^}]+)}}/g, (all, name) => series.metric[name] ?? '').trim()

const peak = series => Math.max(...series.values.map(([, v]) => +v).filter(Number.isFinite), 0)

async function drawn(panel) {
  const unit = panel.fieldConfig.defaults.unit
  if (panel.type === 'stat') {
    const [first] = await ask('query', filled(panel.targets[0].expr), { time: to })
    const value = Math.round(+(first?.value[1] ?? 0))
    const isBad = panel.fieldConfig.defaults.thresholds.steps.some(step => step.color === 'red' && value >= step.value)
    return `<section class="stat" title="${escaped(panel.description)}"><h2>${escaped(panel.title)}</h2><b${isBad ? ' class="bad"' : ''}>${value.toLocaleString('en')}</b></section>`
  }
  const series = []
  for (const target of panel.targets) {
    const found = await ask('query_range', filled(target.expr), { start: from, end: to, step })
    series.push(...found.map(each => ({ ...each, name: named(target, each) })))
  }
  const shown = series.sort((a, b) => peak(b) - peak(a)).slice(0, colors.length)
  const more = series.length - shown.length
  return `<section><h2>${escaped(panel.title)}</h2>${chart(shown, unit)}${legend(shown)}${more ? `<p>and ${more} more</p>` : ''}</section>`
}

// As many as fill the last line too.
const columns = panels => [6, 4, 3].find(each => panels % each === 0 && (each < 6 || dashboard.panels[1].type === 'stat')) ?? 3

const rows = []
for (const panel of dashboard.panels) {
  if (panel.type === 'row') rows.push({ title: panel.title, panels: [] })
  else if (panel.datasource.type === 'prometheus') rows.at(-1).panels.push(await drawn(panel))
}
console.log(`<!doctype html><meta charset="utf-8"><title>${escaped(dashboard.title)}</title><style>
body{margin:0;padding:18px 22px;background:#f4f5f7;color:#22252b;font:13px/1.35 system-ui,"DejaVu Sans",sans-serif;width:1356px}
h1{font-size:19px;margin:0 0 4px}h3{font-size:14px;margin:16px 0 8px;color:#555}
.row{display:grid;gap:10px}
section{background:#fff;border:1px solid #dcdfe4;border-radius:4px;padding:8px 10px;min-width:0}
h2{font-size:13px;font-weight:600;margin:0 0 4px}.stat b{font-size:27px;font-weight:600;color:#1d6b41}.stat .bad{color:#c4314b}
svg{width:100%;display:block}path{fill:none;stroke-width:1.6;stroke-linejoin:round}.grid{stroke:#e6e8eb}
text{font-size:10.5px;fill:#666}.value{text-anchor:end}
ul{list-style:none;margin:2px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:1px 12px;font-size:11.5px}
li{max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
i{display:inline-block;width:10px;height:3px;border-radius:1px;margin:0 5px 3px 0}p{margin:0;color:#777;font-size:11px}
</style><h1>${escaped(dashboard.title)}</h1>${rows.filter(row => row.panels.length).map(row =>
  `<h3>${escaped(row.title)}</h3><div class="row" style="grid-template-columns:repeat(${columns(row.panels.length)},minmax(0,1fr))">${row.panels.join('')}</div>`).join('')}`)
