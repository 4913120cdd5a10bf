'use strict';
// Rows come from the scripts beside this page, which call weighmaster(). Whatever they say ends up
// in text nodes, never in markup. At most SHOWN rows are in the document, however many match.
const SHOWN = 100;
const CHIPS = { verified: 'Verified', unverified: 'Unverified', broken: 'Broken', error: 'Not audited' };
const rows = [];
const organisations = new Map();
const formats = new Set();
const at = id => document.getElementById(id);
const fields = ['words', 'verdict', 'organisation', 'format'];
let page = 0;

function weighmaster(repositories, words) {
  for (const [repository, revision, quantizations] of repositories) {
    const organisation = repository.split('/', 1)[0];
    organisations.set(organisation, (organisations.get(organisation) || 0) + quantizations.length);
    for (const [name, format, method, verdict, reason, source, path] of quantizations) {
      const row = {
        repository, revision, name, organisation, verdict: words[verdict],
        format: words[format], method: words[method], reason: words[reason], source: words[source],
        path: path || repository + '/' + name,
      };
      row.why = row.reason === 'OK' ? 'every link holds' : row.reason.toLowerCase().replaceAll('_', ' ');
      row.text = (repository + '/' + name + ' ' + revision + ' ' + row.method + ' ' + row.source + ' ' + row.reason + ' ' + row.why).toLowerCase();
      formats.add(row.format);
      rows.push(row);
    }
  }
}

function element(name, text, style) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  return made;
}

function cell(...parts) {
  const made = element('td');
  made.append(...parts);
  return made;
}

function line(row) {
  const link = element('a');
  link.href = row.path + '.html';
  link.append(element('bdi', row.name));
  const of = element('span', undefined, 'of');
  of.append(element('bdi', row.repository + (row.revision ? ' @ ' + row.revision : '')));
  const why = [element('span', row.why)];
  if (row.source) {
    const source = element('span', 'from ', 'of');
    source.append(element('bdi', row.source));
    why.push(source);
  }
  const made = element('tr');
  made.append(cell(element('span', CHIPS[row.verdict], 'chip ' + row.verdict)), cell(link, of),
    cell(element('bdi', [row.format, row.method].filter(Boolean).join(', '))), cell(...why));
  return made;
}

function matching() {
  const words = at('words').value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdict = at('verdict').value;
  const organisation = at('organisation').value.trim().toLowerCase();
  const format = at('format').value;
  return rows.filter(row => (!verdict || row.verdict === verdict)
    && (!format || row.format === format)
    && (!organisation || row.organisation.toLowerCase().startsWith(organisation))
    && words.every(word => row.text.includes(word)));
}

function show() {
  const found = matching();
  const pages = Math.max(1, Math.ceil(found.length / SHOWN));
  page = Math.min(Math.max(page, 0), pages - 1);
  const from = page * SHOWN;
  const shown = found.slice(from, from + SHOWN);
  const number = count => count.toLocaleString('en');
  at('found').tBodies[0].replaceChildren(...shown.map(line));
  at('found').hidden = !shown.length;
  const expected = Number(at('found').dataset.rows);
  at('status').textContent = rows.length < expected
    ? `Only ${number(rows.length)} of ${number(expected)} quantizations could be loaded: this page needs the folder _weighmaster beside it.`
    : shown.length
    ? `Showing ${number(from + 1)} to ${number(from + shown.length)} of ${number(found.length)}`
      + (found.length < rows.length ? ` that match, of ${number(rows.length)} in all` : '')
    : !rows.length ? 'The audit has found no quantization.'
    : `None of ${number(rows.length)} matches. Take away a word or a filter.`;
  document.querySelector('.pages').hidden = pages < 2;
  at('page').textContent = `Page ${number(page + 1)} of ${number(pages)}`;
  at('previous').disabled = page === 0;
  at('next').disabled = page === pages - 1;
  remember();
}

// What is asked for stands in the address, so that it is there again on the way back.
function remember() {
  const asked = new URLSearchParams();
  for (const id of fields) if (at(id).value) asked.set(id, at(id).value);
  if (page) asked.set('page', page + 1);
  history.replaceState(null, '', '#' + asked);
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const id of fields) at(id).value = asked.get(id) || '';
  page = (parseInt(asked.get('page'), 10) || 1) - 1;
}

function turn(by) {
  page += by;
  show();
  at('status').scrollIntoView({ block: 'center' });
}

addEventListener('DOMContentLoaded', () => {
  for (const format of [...formats].sort()) at('format').append(new Option(format, format));
  const largest = [...organisations].sort((a, b) => b[1] - a[1]).slice(0, 500).map(each => each[0]).sort();
  at('organisations').append(...largest.map(name => new Option(name, name)));
  document.querySelector('.filters').hidden = false;
  for (const id of fields) at(id).addEventListener('input', () => { page = 0; show(); });
  document.querySelector('.filters').addEventListener('submit', event => event.preventDefault());
  at('previous').addEventListener('click', () => turn(-1));
  at('next').addEventListener('click', () => turn(1));
  addEventListener('hashchange', () => { recall(); show(); });
  recall();
  show();
});
