// The page of a weighing, upon document.js.

const CROSS = 'path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z';
const MARKS = {
  'exact': ['circle', 6], 'equivalent': ['diamond', 9], 'within-bounds': ['triangle', 8],
  'not-compared': ['rect', 7], 'deviates': [CROSS, 10],
};
// Each kind has a panel; more of them than these would only be the table again.
const PANELS = 36;
const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 150;
const OUTSIDE = 'outside the layers';

const table = document.querySelector('#tensors table');
const rows = [...table.tBodies[0].rows];

function percent(part) {
  return Number((part * 100).toPrecision(3)).toLocaleString('en', {maximumSignificantDigits: 3}) + ' %';
}

// By kind its points, one a layer: where a layer has more than one tensor of a kind, the worst.
function panelsOf(points) {
  const panels = new Map();
  for (const point of points) {
    const name = point.layer === null ? OUTSIDE : point.kind;
    if (!panels.has(name)) panels.set(name, new Map());
    const panel = panels.get(name);
    const place = point.layer ?? panel.size;
    const known = panel.get(place);
    if (!known || known.error < point.error) panel.set(place, {...point, place});
  }
  const all = [...panels].map(([name, points]) => ({
    name, points: [...points.values()].sort((a, b) => a.place - b.place),
  }));
  // What deviates must not be left out.
  const rank = panel => (panel.points.some(point => point.level === 'deviates') ? 1e9 : 0)
      + Math.max(...panel.points.map(point => point.error));
  const shown = new Set([...all].sort((a, b) => rank(b) - rank(a)).slice(0, PANELS));
  return {panels: all.filter(panel => shown.has(panel)), left: all.length - shown.size};
}

function columnsOf(width, count) {
  return Math.max(1, Math.min(count, Math.floor(width / PANEL_WIDTH)));
}

function scaleOf(points, log) {
  const errors = points.map(point => point.error);
  const largest = Math.max(...errors);
  return log
    ? {type: 'log', min: 10 ** Math.floor(Math.log10(Math.min(...errors))), max: 10 ** Math.ceil(Math.log10(largest))}
    : {type: 'value', min: 0, max: largest, splitNumber: 3};
}

function optionOf({panels}, log, width) {
  const columns = columnsOf(width, panels.length);
  const left = 52;
  const gap = 20;
  const panelWidth = (width - left - gap * (columns - 1) - 8) / columns;
  const text = {color: color('ink'), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11};
  const soft = {...text, color: color('soft'), fontSize: 10};
  const line = {lineStyle: {color: color('line')}};
  const points = panels.flatMap(panel => panel.points);
  const places = points.filter(point => point.layer !== null).map(point => point.place);
  const scale = scaleOf(points, log);
  const levels = Object.keys(MARKS).filter(level => points.some(point => point.level === level));
  const at = panels.map((panel, i) => ({
    x: left + i % columns * (panelWidth + gap), y: 44 + Math.floor(i / columns) * PANEL_HEIGHT,
  }));
  return {
    animation: false,
    aria: {enabled: false},
    legend: {
      data: levels.map(level => ({name: level.toUpperCase().replace('-', '_'), icon: MARKS[level][0]})),
      textStyle: text, left: left - 6, top: 0, selectedMode: false, itemWidth: 10, itemHeight: 10, itemGap: 24,
    },
    tooltip: {
      trigger: 'item', confine: true, backgroundColor: color('raised'), borderColor: color('line'), textStyle: text,
      formatter: ({data}) => {
        const tip = document.createElement('div');
        tip.className = 'tip';
        for (const each of [data.point.name, data.point.type + ', ' + data.point.level.toUpperCase().replace('-', '_'), percent(data.point.error)]) {
          tip.append(Object.assign(document.createElement('div'), {textContent: each}));
        }
        return tip;
      },
    },
    title: panels.map((panel, i) => ({
      text: panel.name, left: at[i].x - 5, top: at[i].y - 20,
      textStyle: {...text, fontSize: 12, fontWeight: 600, width: panelWidth, overflow: 'truncate'},
    })),
    grid: at.map(({x, y}) => ({left: x, top: y, width: panelWidth, height: PANEL_HEIGHT - 56})),
    xAxis: panels.map((panel, i) => ({
      gridIndex: i, type: 'value', minInterval: 1, axisLabel: soft, axisTick: {show: false}, axisLine: line, splitLine: {show: false},
      ...(panel.name === OUTSIDE
          ? {show: false, min: -0.5, max: Math.max(0, ...panel.points.map(point => point.place)) + 0.5}
          : {min: Math.min(...places), max: Math.max(...places, Math.min(...places) + 1)}),
    })),
    yAxis: panels.map((panel, i) => ({
      gridIndex: i, ...scale, splitLine: line, axisLine: {show: false}, axisTick: {show: false},
      axisLabel: {...soft, show: i % columns === 0, formatter: percent},
    })),
    series: panels.flatMap((panel, i) => [
      {
        type: 'line', xAxisIndex: i, yAxisIndex: i, silent: true, symbol: 'none',
        lineStyle: {color: color('soft'), width: 1, opacity: 0.5},
        data: panel.name === OUTSIDE ? [] : panel.points.map(point => [point.place, point.error]),
      },
      ...levels.map(level => ({
        type: 'scatter', name: level.toUpperCase().replace('-', '_'), xAxisIndex: i, yAxisIndex: i,
        symbol: MARKS[level][0], symbolSize: MARKS[level][1], itemStyle: {color: color(level), opacity: 1}, cursor: 'default',
        data: panel.points.filter(point => point.level === level).map(point => ({value: [point.place, point.error], point})),
      })),
    ]),
  };
}

for (const block of document.querySelectorAll('.charted')) {
  const points = rows.filter(row => row.dataset.error).map(row => ({
    name: row.cells[0].firstChild.textContent.trim(), type: row.dataset.type, level: row.dataset.level, kind: row.dataset.kind,
    layer: row.dataset.layer ? Number(row.dataset.layer) : null, error: Number(row.dataset.error),
  }));
  const found = panelsOf(points);
  addChart(
      block,
      `Relative error by layer, a panel for each of ${found.panels.length} kinds of tensors; the table of all tensors has the numbers.`,
      width => 44 + PANEL_HEIGHT * Math.ceil(found.panels.length / columnsOf(width, found.panels.length)),
      width => optionOf(found, block.dataset.scale === 'log', width));
  if (found.left) {
    const note = document.createElement('p');
    note.className = 'note';
    note.textContent = `Not drawn: ${found.left.toLocaleString('en')} kinds with lesser errors.`;
    block.append(note);
  }
}

const form = document.querySelector('form.filter');
const level = form.querySelector('.level');
const type = form.querySelector('.type');
addFilter(form, rows, ({dataset}) =>
    (!level.value || dataset.level === level.value) && (!type.value || dataset.type === type.value));

// A column's values: numbers by size, all else as text. What has none comes last.
function keyOf(row, column) {
  const text = row.cells[column].textContent.trim();
  if (!row.cells[column].classList.contains('number')) return text;
  return text === '–' ? -1 : Number.parseFloat(text);
}

for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
  const button = document.createElement('button');
  button.type = 'button';
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener('click', () => {
    const falling = head.ariaSort ? head.ariaSort === 'ascending' : head.classList.contains('number');
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
    const keyed = rows.map(row => ({row, key: keyOf(row, column)}));
    const order = (a, b) => typeof a.key === 'number' ? a.key - b.key : a.key.localeCompare(b.key, 'en', {numeric: true});
    keyed.sort((a, b) => falling ? order(b, a) : order(a, b));
    table.tBodies[0].append(...keyed.map(each => each.row));
  });
}

// A link to a row that the filter hides shows it.
addEventListener('hashchange', () => {
  const row = document.getElementById(location.hash.slice(1));
  if (row && row.hidden) {
    form.reset();
    form.dispatchEvent(new Event('input'));
    row.scrollIntoView();
  }
});
