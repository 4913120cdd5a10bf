// The page of a weighing, upon document.js.

const CROSS = 'path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z';
// Levels as points, the best first.
const MARKS = {
  'exact': {symbol: 'circle', size: 6}, 'equivalent': {symbol: 'diamond', size: 8}, 'within-bounds': {symbol: 'triangle', size: 7},
  'not-compared': {symbol: 'rect', size: 6}, 'deviates': {symbol: CROSS, size: 8},
};
// Each kind has a panel; more of them than these would only be the table again.
const PANELS = 36;
const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 150;
const HEAD = 52;
const LEFT = 52;

const table = document.querySelector('#tensors table');
const rows = [...table.tBodies[0].rows];
const LEVELS = new Map([...document.querySelectorAll('.filter .level option')].map(each => [each.value, each.textContent]));

function percent(part) {
  return Number((part * 100).toPrecision(3)).toLocaleString('en', {maximumSignificantDigits: 3}) + ' %';
}

function isWorse(one, other) {
  const levels = Object.keys(MARKS);
  const worse = levels.indexOf(one.level) - levels.indexOf(other.level);
  return worse ? worse > 0 : one.error > other.error;
}

// By kind its points, one a layer: where a layer has more than one tensor of a kind, the worst.
function panelsOf(points) {
  const kinds = new Map();
  for (const point of points) {
    const name = point.layer === null ? null : point.kind;
    if (!kinds.has(name)) kinds.set(name, new Map());
    const kind = kinds.get(name);
    const place = point.layer ?? kind.size;
    const known = kind.get(place);
    if (!known || isWorse(point, known)) kind.set(place, {...point, place});
  }
  const outside = kinds.get(null);
  kinds.delete(null);
  const all = [...kinds].map(([name, places]) => ({name, points: [...places.values()].sort((a, b) => a.place - b.place)}));
  if (outside) all.push({name: all.length ? 'outside the layers' : 'in the order of the file', outside: true, points: [...outside.values()]});
  // What deviates must not be left out.
  const rank = panel => (panel.points.some(point => point.level === 'deviates') ? 1e9 : 0)
      + Math.max(...panel.points.map(point => point.error));
  const shown = new Set([...all].sort((a, b) => rank(b) - rank(a)).slice(0, PANELS));
  return {panels: all.filter(panel => shown.has(panel)), left: all.length - shown.size};
}

function columnsOf(width, count) {
  return Math.max(1, Math.min(count, Math.floor(width / PANEL_WIDTH)));
}

function heightOf(width, count) {
  return HEAD + PANEL_HEIGHT * Math.ceil(count / columnsOf(width, count)) - 36;
}

function scaleOf(errors, log) {
  const largest = errors.reduce((a, b) => Math.max(a, b));
  if (log) {
    const least = errors.reduce((a, b) => Math.min(a, b));
    return {type: 'log', min: 10 ** Math.floor(Math.log10(least)), max: 10 ** Math.ceil(Math.log10(largest))};
  }
  const magnitude = 10 ** Math.floor(Math.log10(largest / 3));
  const interval = magnitude * [1, 2, 5, 10].find(step => step * magnitude * 3.5 >= largest);
  return {type: 'value', min: 0, max: interval * Math.ceil(largest / interval * 0.999), interval};
}

function xAxisOf(panel, places) {
  if (!panel.outside) {
    const first = places.reduce((a, b) => Math.min(a, b));
    return {min: first, max: Math.max(first + 1, places.reduce((a, b) => Math.max(a, b)))};
  }
  return {min: -0.5, max: panel.points.length - 0.5, named: panel.points.length <= 3};
}

function optionOf(panels, log, width) {
  const columns = columnsOf(width, panels.length);
  const gap = 20;
  const panelWidth = (width - LEFT - gap * (columns - 1) - 8) / columns;
  const text = {color: color('ink'), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11};
  const soft = {...text, color: color('soft'), fontSize: 10};
  const line = {lineStyle: {color: color('line')}};
  const points = panels.flatMap(panel => panel.points);
  const places = points.filter(point => point.layer !== null).map(point => point.place);
  const scale = scaleOf(points.map(point => point.error), log);
  const levels = Object.keys(MARKS).filter(level => points.some(point => point.level === level));
  const crowd = Math.max(...panels.map(panel => panel.points.length));
  const size = level => Math.max(5, Math.min(1, panelWidth / crowd / 8) * MARKS[level].size) + (level === 'deviates' ? 3 : 0);
  const at = panels.map((panel, i) => ({
    x: LEFT + i % columns * (panelWidth + gap), y: HEAD + Math.floor(i / columns) * PANEL_HEIGHT,
  }));
  return {
    animation: false,
    aria: {enabled: false},
    legend: {
      data: levels.map(level => ({name: LEVELS.get(level), icon: MARKS[level].symbol})),
      textStyle: text, left: LEFT - 6, top: 0, selectedMode: false, itemWidth: 10, itemHeight: 10, itemGap: 24,
    },
    tooltip: {
      trigger: 'item', confine: true, backgroundColor: color('raised'), borderColor: color('line'), textStyle: text,
      formatter: ({data: {point}}) => {
        const tip = document.createElement('div');
        for (const each of [point.name, point.type + ', ' + LEVELS.get(point.level), percent(point.error)]) {
          tip.append(Object.assign(document.createElement('div'), {textContent: each}));
        }
        return tip;
      },
    },
    title: panels.map((panel, i) => ({
      text: panel.name, left: at[i].x - 5, top: at[i].y - 24,
      textStyle: {...text, fontSize: 12, fontWeight: 600, width: panelWidth, overflow: 'truncate'},
    })),
    grid: at.map(({x, y}) => ({left: x, top: y, width: panelWidth, height: PANEL_HEIGHT - 60})),
    xAxis: panels.map((panel, i) => {
      const {min, max, named} = xAxisOf(panel, places);
      return {
        gridIndex: i, type: 'value', min, max, interval: named ? 0.5 : undefined, minInterval: 1, axisTick: {show: false}, axisLine: line, splitLine: {show: false},
        axisLabel: named
            ? {...soft, width: panelWidth / panel.points.length - 8, overflow: 'truncate', formatter: place => panel.points[place]?.name ?? ''}
            : {...soft, show: !panel.outside, hideOverlap: true},
      };
    }),
    yAxis: panels.map((panel, i) => ({
      gridIndex: i, ...scale, splitLine: line, axisLine: {show: false}, axisTick: {show: false},
      axisLabel: {...soft, show: i % columns === 0, formatter: percent},
    })),
    series: panels.flatMap((panel, i) => [
      {
        type: 'line', xAxisIndex: i, yAxisIndex: i, silent: true, symbol: 'none',
        lineStyle: {color: color('soft'), width: 1, opacity: 0.5},
        data: panel.outside ? [] : panel.points.map(point => [point.place, point.error]),
      },
      ...levels.map(level => ({
        type: 'scatter', name: LEVELS.get(level), xAxisIndex: i, yAxisIndex: i, cursor: 'default', z: level === 'deviates' ? 4 : 3,
        symbol: MARKS[level].symbol, symbolSize: size(level), itemStyle: {color: color(level), opacity: 1},
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
  const {panels, left} = panelsOf(points);
  addChart(
      block,
      `Relative errors of ${points.length.toLocaleString('en')} tensors; the table of all tensors has the numbers.`,
      width => heightOf(width, panels.length),
      width => optionOf(panels, block.dataset.scale === 'log', width));
  if (left) {
    const note = document.createElement('p');
    note.className = 'note';
    note.textContent = `Not drawn: ${left.toLocaleString('en')} kinds with lesser errors.`;
    block.append(note);
  }
}

const form = document.querySelector('form.filter');
const level = form.querySelector('.level');
const type = form.querySelector('.type');
addFilter(form, rows, ({dataset}) =>
    (!level.value || dataset.level === level.value) && (!type.value || dataset.type === type.value));

// Numbers by size, levels from the best to the worst, all else as text.
function keyOf(row, column) {
  const cell = row.cells[column];
  if (cell.querySelector('.chip')) return Object.keys(MARKS).indexOf(row.dataset.level);
  const text = cell.textContent.trim();
  if (!cell.classList.contains('number')) return text;
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
