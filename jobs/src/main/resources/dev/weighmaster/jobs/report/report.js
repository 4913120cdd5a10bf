// The compliance report, upon document.js.

const SERIES = [
  {name: 'VERIFIED', title: '✓ Verified', decal: 'none'},
  {name: 'UNVERIFIED', title: '? Unverified', decal: {symbol: 'circle', symbolSize: 0.7, dashArrayX: [[7, 7], [0, 7, 7, 0]], dashArrayY: [7, 0]}},
  {name: 'BROKEN', title: '✗ Broken', decal: {symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [3, 5], rotation: -Math.PI / 4}},
  {name: 'ERROR', title: '! Error', decal: {symbol: 'rect', symbolSize: 0.8, dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0]}},
];

function rowsOf(table) {
  return [...table.tBodies[0].rows].map(row => ({
    name: row.cells[0].textContent.trim(),
    values: Object.fromEntries([...row.querySelectorAll('[data-series]')].map(
        cell => [cell.dataset.series, Number(cell.textContent.replaceAll(',', ''))])),
  }));
}

function optionOf(rows, columns, width) {
  const text = {color: color('ink'), fontFamily: 'inherit'};
  const largest = Math.max(1, ...rows.map(row => Object.values(row.values).reduce((a, b) => a + b, 0)));
  // A label that is wider than its bar would hide its neighbours' numbers; the table has them all.
  const length = columns ? 220 : width - 250;
  const fits = value => value / largest * length > (columns ? 16 : String(value).length * 8 + 10);
  const category = {
    type: 'category', data: rows.map(row => row.name), inverse: !columns,
    axisLabel: {...text, hideOverlap: true, fontSize: 11, width: columns ? undefined : 200, overflow: columns ? undefined : 'truncate', interval: columns ? 'auto' : 0},
    axisTick: {show: false}, axisLine: {lineStyle: {color: color('line')}},
  };
  const value = {type: 'value', minInterval: 1, splitNumber: 4, axisLabel: text, splitLine: {lineStyle: {color: color('line')}}};
  const series = SERIES.filter(each => rows.some(row => row.values[each.name] > 0));
  return {
    animation: false,
    aria: {enabled: false},
    textStyle: {fontFamily: getComputedStyle(document.documentElement).fontFamily},
    legend: {data: series.map(each => each.title), textStyle: text, left: 0, top: 0, selectedMode: false, itemWidth: 22, itemHeight: 14, itemGap: 24},
    grid: {left: columns ? 8 : 212, right: 24, top: 34, bottom: 8, containLabel: columns, ...(columns ? {} : {bottom: 24})},
    xAxis: columns ? category : value,
    yAxis: columns ? value : category,
    series: series.map(each => ({
      type: 'bar', name: each.title, stack: 'all', barMaxWidth: columns ? 40 : 22, silent: true,
      data: rows.map(row => row.values[each.name] || 0).map(value => ({value, label: {show: value > 0 && fits(value)}})),
      itemStyle: {color: color('chart-' + each.name.toLowerCase()), borderColor: color('ground'), borderWidth: 1, decal: each.decal === 'none' ? undefined : {...each.decal, color: 'rgba(255,255,255,.4)'}},
      label: {
        show: true, color: '#fff', backgroundColor: color('chart-' + each.name.toLowerCase()), padding: [1, 4], borderRadius: 3,
        formatter: label => label.value.toLocaleString('en'),
      },
    })),
  };
}

for (const block of document.querySelectorAll('.charted')) {
  const table = block.querySelector('table');
  const rows = rowsOf(table);
  const columns = 'columns' in block.dataset;
  addChart(
      block,
      'Bar chart of the table below: ' + table.caption.textContent,
      () => columns ? 300 : 64 + 30 * rows.length,
      width => optionOf(rows, columns, width));
}

for (const form of document.querySelectorAll('form.filter')) {
  const reasons = form.querySelector('.reasons');
  const parties = form.querySelector('.parties');
  const newOnly = form.querySelector('.new-only');
  addFilter(form, [...form.parentElement.querySelectorAll('.case')], ({dataset}) =>
      (!reasons.value || dataset.reason === reasons.value)
          && (!parties.value || dataset.parties.split(', ').includes(parties.value))
          && (!newOnly || !newOnly.checked || 'new' in dataset));
}
