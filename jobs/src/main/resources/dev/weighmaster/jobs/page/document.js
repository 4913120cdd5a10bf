'use strict';
// What long pages share. They are whole without it: it draws charts from their tables, filters
// their lists, and unfolds for print.

const charts = [];

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

// Puts a chart before what a block has. Height and option are asked for a width, in pixels.
function addChart(block, label, height, option) {
  const place = document.createElement('div');
  place.className = 'chart';
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', label);
  block.prepend(place);
  place.style.height = height(place.clientWidth) + 'px';
  const chart = echarts.init(place, null, {renderer: 'svg'});
  const draw = () => {
    place.style.height = height(place.clientWidth) + 'px';
    chart.resize();
    chart.setOption(option(place.clientWidth), true);
  };
  charts.push(draw);
  draw();
}

function drawAll() {
  charts.forEach(draw => draw());
}

addEventListener('resize', drawAll);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
matchMedia('print').addEventListener('change', drawAll);

addEventListener('beforeprint', () => {
  for (const each of document.querySelectorAll('details:not([open])')) {
    each.open = true;
    each.dataset.printed = '';
  }
  drawAll();
});
addEventListener('afterprint', () => {
  for (const each of document.querySelectorAll('details[data-printed]')) {
    each.open = false;
    delete each.dataset.printed;
  }
  drawAll();
});

// Shows those of some elements that have all words of the form's search and pass, and counts them.
function addFilter(form, elements, passes) {
  const listed = elements.map(element => ({element, text: null}));
  const search = form.querySelector('input[type=search]');
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(word => word);
    let shown = 0;
    for (const each of listed) {
      const wanted = passes(each.element)
          && words.every(word => (each.text ??= each.element.textContent.toLowerCase()).includes(word));
      each.element.hidden = !wanted;
      shown += wanted ? 1 : 0;
    }
    form.querySelector('output').textContent =
        `${shown.toLocaleString('en')} of ${listed.length.toLocaleString('en')} listed`;
  };
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', event => event.preventDefault());
  apply();
}
