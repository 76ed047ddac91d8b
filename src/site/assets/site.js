// Everything that moves on the site: light or dark, search, tables, drawings. Without it every page can still be read.
(() => {
  const root = document.documentElement;
  const remembered = {
    get: () => {
      try {
        return localStorage.getItem('onefold-theme');
      } catch {
        return null; // some browsers keep nothing for pages from disk
      }
    },
    set: (theme) => {
      try {
        localStorage.setItem('onefold-theme', theme);
      } catch {}
    },
  };
  const show = (theme) => {
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  };
  // Before anything is drawn, so that nothing flashes.
  show(remembered.get());
  addEventListener('DOMContentLoaded', () => {
    theme();
    menu();
    search();
    tables();
    copies();
    for (const canvas of document.querySelectorAll('[data-canvas]')) drawing(canvas);
  });

  function theme() {
    document.querySelector('[data-theme-switch]').addEventListener('click', () => {
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      const next = dark ? 'light' : 'dark';
      show(next);
      remembered.set(next);
    });
  }

  function menu() {
    const button = document.querySelector('[data-menu]');
    button.addEventListener('click', () => {
      const open = document.getElementById('nav').classList.toggle('open');
      button.setAttribute('aria-expanded', String(open));
    });
  }

  function search() {
    const field = document.getElementById('search');
    const list = document.getElementById('found');
    let at = -1;
    let loading = null;
    // The names are a file of their own, read when somebody first looks for one.
    const names = () => {
      loading ??= new Promise((resolve) => {
        const script = document.createElement('script');
        script.src = 'search.js';
        script.onload = () => resolve(globalThis.onefoldNames ?? []);
        script.onerror = () => resolve([]);
        document.head.append(script);
      });
      return loading;
    };
    const part = (name, text) => {
      const span = document.createElement('span');
      span.className = name;
      span.textContent = text;
      return span;
    };
    const rank = ([kind, name, , about], words) => {
      const lower = name.toLowerCase();
      const last = lower.slice(lower.lastIndexOf('.') + 1);
      let points = kind === 'column' || kind === 'rule' ? 0 : 3;
      for (const word of words) {
        if (lower === word || last === word) points += 20;
        else if (last.startsWith(word)) points += 12;
        else if (lower.split(/[._]/).some((w) => w.startsWith(word))) points += 8;
        else if (lower.includes(word)) points += 5;
        else if (about.toLowerCase().includes(word)) points += 2;
        else return 0;
      }
      return points;
    };
    const mark = (next) => {
      const items = [...list.querySelectorAll('[role=option]')];
      if (items.length === 0) return;
      items[at]?.setAttribute('aria-selected', 'false');
      at = (next + items.length) % items.length;
      items[at].setAttribute('aria-selected', 'true');
      items[at].scrollIntoView({ block: 'nearest' });
      field.setAttribute('aria-activedescendant', items[at].id);
    };
    const close = () => {
      list.hidden = true;
      field.setAttribute('aria-expanded', 'false');
      field.removeAttribute('aria-activedescendant');
    };
    const find = async () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length === 0) return close();
      const hits = (await names())
        .map((entry) => ({ entry, points: rank(entry, words) }))
        .filter((hit) => hit.points > 0)
        .sort((a, b) => b.points - a.points || a.entry[1].length - b.entry[1].length || (a.entry[1] < b.entry[1] ? -1 : 1));
      list.replaceChildren();
      at = -1;
      hits.slice(0, 30).forEach(({ entry: [kind, name, href, about] }, i) => {
        const item = document.createElement('li');
        item.id = `found-${i}`;
        item.setAttribute('role', 'option');
        item.setAttribute('aria-selected', 'false');
        item.dataset.href = href;
        item.append(part('what', kind), part('name', name), ...(about ? [part('about', about)] : []));
        list.append(item);
      });
      if (hits.length === 0) {
        const none = document.createElement('li');
        none.className = 'none';
        none.textContent = 'Nothing is called that.';
        list.append(none);
      }
      list.hidden = false;
      field.setAttribute('aria-expanded', 'true');
      mark(0);
    };
    const go = (item) => {
      if (item?.dataset.href) location.href = item.dataset.href;
      close();
    };
    field.addEventListener('input', find);
    field.addEventListener('focus', () => {
      names();
      if (field.value) find();
    });
    field.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') mark(at + 1);
      else if (event.key === 'ArrowUp') mark(at - 1);
      else if (event.key === 'Enter') go(list.querySelector('[aria-selected=true]'));
      else if (event.key === 'Escape') {
        field.value = '';
        close();
        field.blur();
      } else return;
      event.preventDefault();
    });
    list.addEventListener('mousedown', (event) => {
      event.preventDefault();
      go(event.target.closest('[role=option]'));
    });
    field.addEventListener('blur', close);
    addEventListener('keydown', (event) => {
      const typing = event.target.closest?.('input, textarea, select');
      if ((event.key === '/' && !typing) || (event.key === 'k' && (event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    });
  }

  function tables() {
    for (const table of document.querySelectorAll('table[data-sortable]')) {
      const body = table.tBodies[0];
      if (body.rows.length < 3) continue;
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        if (head.textContent === '') return;
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = head.textContent;
        head.replaceChildren(button);
        button.addEventListener('click', () => {
          const down = head.getAttribute('aria-sort') === 'ascending';
          for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
          head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
          const value = (row) => row.cells[column]?.textContent.trim() ?? '';
          const figure = (text) => (/\d/.test(text) ? Number.parseFloat(text.replace(/[^\d.-]/g, '')) : Number.NEGATIVE_INFINITY);
          const numeric = head.classList.contains('num');
          const rows = [...body.rows].sort((a, b) => (numeric ? figure(value(a)) - figure(value(b)) : value(a).localeCompare(value(b))));
          body.append(...(down ? rows.reverse() : rows));
        });
      });
    }
    for (const field of document.querySelectorAll('[data-filter]')) {
      const table = field.closest('.filter').nextElementSibling.querySelector('table');
      field.addEventListener('input', () => {
        const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
        for (const row of table.tBodies[0].rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
      });
    }
  }

  function copies() {
    for (const button of document.querySelectorAll('[data-copy]')) {
      if (!navigator.clipboard) continue;
      button.hidden = false;
      button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent);
        button.textContent = 'Copied';
        setTimeout(() => {
          button.textContent = 'Copy';
        }, 1500);
      });
    }
  }

  function drawing(canvas) {
    const svg = canvas.querySelector('svg');
    lighting(svg);
    if (canvas.classList.contains('small')) return;
    const whole = svg.viewBox.baseVal;
    const all = { x: 0, y: 0, width: whole.width, height: whole.height };
    let view = { ...all };
    canvas.classList.add('live');
    // As tall as the drawing asks, and never taller than what is seen at once.
    canvas.style.height = `${Math.min(Math.max(300, all.height * 1.15 + 40), Math.max(340, innerHeight - 260))}px`;
    canvas.querySelector('.canvas-tools').hidden = false;
    svg.removeAttribute('width');
    svg.removeAttribute('height');
    const scale = () => Math.min(svg.clientWidth / view.width, svg.clientHeight / view.height);
    const draw = () => {
      svg.setAttribute('viewBox', `${view.x} ${view.y} ${view.width} ${view.height}`);
      svg.classList.toggle('far', scale() < 0.3);
    };
    const show = (x, y, factor) => {
      const width = svg.clientWidth / factor;
      const height = svg.clientHeight / factor;
      view = { x: x - width / 2, y: y - height / 2, width, height };
      draw();
    };
    const showAll = () => show(all.width / 2, all.height / 2, Math.min(1.15, svg.clientWidth / all.width, svg.clientHeight / all.height));
    // At first what is drawn must be readable, even where it is more than fits: then from its left edge.
    const start = () => {
      const factor = Math.min(1.15, svg.clientWidth / all.width, svg.clientHeight / all.height);
      if (factor >= 0.7) return showAll();
      const readable = Math.max(0.7, factor);
      const shownWidth = svg.clientWidth / readable;
      show(all.width > shownWidth ? shownWidth / 2 : all.width / 2, all.height / 2, readable);
    };
    const zoom = (by, x = view.x + view.width / 2, y = view.y + view.height / 2) => {
      const next = Math.min(4, Math.max(0.04, scale() * by)) / scale();
      view = {
        x: x - (x - view.x) / next,
        y: y - (y - view.y) / next,
        width: view.width / next,
        height: view.height / next,
      };
      draw();
    };
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      return [
        view.x + ((event.clientX - box.left) / box.width) * view.width,
        view.y + ((event.clientY - box.top) / box.height) * view.height,
      ];
    };
    svg.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, ...point(event));
      },
      { passive: false },
    );
    let grip = null;
    let moved = false;
    svg.addEventListener('pointerdown', (event) => {
      grip = { x: event.clientX, y: event.clientY, view: { ...view } };
      moved = false;
    });
    addEventListener('pointermove', (event) => {
      if (grip === null) return;
      const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
      if (Math.hypot(dx, dy) > 4) moved = true;
      if (moved) {
        view = { ...view, x: grip.view.x - dx / scale(), y: grip.view.y - dy / scale() };
        draw();
      }
    });
    addEventListener('pointerup', () => {
      grip = null;
    });
    svg.addEventListener('dragstart', (event) => event.preventDefault());
    svg.addEventListener('click', (event) => moved && event.preventDefault(), true);
    svg.addEventListener('keydown', (event) => {
      const step = 60 / scale();
      const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (event.key === '+' || event.key === '=') zoom(1.25);
      else if (event.key === '-') zoom(0.8);
      else if (event.key === '0') showAll();
      else if (ways[event.key]) {
        view = { ...view, x: view.x + ways[event.key][0], y: view.y + ways[event.key][1] };
        draw();
      } else return;
      event.preventDefault();
    });
    const middle = (node) => {
      const box = node.getBBox();
      const [, x = 0, y = 0] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(node.firstElementChild.getAttribute('transform')) ?? [];
      return [Number(x) + box.width / 2, Number(y) + box.height / 2];
    };
    // A thing that is reached by Tab is brought into view.
    svg.addEventListener('focusin', (event) => {
      const node = event.target.closest('[data-node]');
      if (node === null || !node.matches(':focus-visible')) return;
      const [x, y] = middle(node);
      if (x < view.x || x > view.x + view.width || y < view.y || y > view.y + view.height) show(x, y, scale());
    });
    for (const button of canvas.querySelectorAll('[data-zoom]'))
      button.addEventListener('click', () => ({ in: () => zoom(1.3), out: () => zoom(1 / 1.3), fit: showAll })[button.dataset.zoom]());
    const named = () => {
      const id = decodeURIComponent(location.hash.slice(1));
      const node = id === '' ? null : canvas.querySelector(`[data-node="${CSS.escape(id)}"]`);
      if (node === null) return start();
      show(...middle(node), 0.9);
      svg.dispatchEvent(new CustomEvent('pin', { detail: id }));
    };
    addEventListener('hashchange', named);
    addEventListener('resize', () => show(view.x + view.width / 2, view.y + view.height / 2, scale()));
    named();
  }

  /** Lights up what a thing is made from and what is made from it, all the way. */
  function lighting(svg) {
    const lines = [...svg.querySelectorAll('.lines path')];
    const nodes = new Map([...svg.querySelectorAll('[data-node]')].map((node) => [node.dataset.node, node]));
    const follow = (start, from, to) => {
      const seen = new Set([start]);
      const passed = [];
      for (const id of seen) {
        for (const line of lines) {
          if (line.dataset[from] !== id) continue;
          passed.push(line);
          seen.add(line.dataset[to]);
        }
      }
      return { seen, passed };
    };
    let pinned = null;
    const light = (id) => {
      for (const node of nodes.values()) node.classList.remove('on', 'here');
      for (const line of lines) line.classList.remove('on');
      svg.classList.toggle('lit', id !== null);
      if (id === null) return;
      for (const { seen, passed } of [follow(id, 'to', 'from'), follow(id, 'from', 'to')]) {
        for (const other of seen) nodes.get(other)?.classList.add('on');
        for (const line of passed) line.classList.add('on');
      }
      nodes.get(id)?.classList.add('here');
    };
    for (const [id, node] of nodes) {
      for (const on of ['pointerenter', 'focus']) node.addEventListener(on, () => light(id));
      for (const off of ['pointerleave', 'blur']) node.addEventListener(off, () => light(pinned));
    }
    svg.addEventListener('pin', (event) => {
      pinned = event.detail;
      light(pinned);
    });
    svg.addEventListener('click', (event) => {
      if (event.target.closest('[data-node]')) return;
      pinned = null;
      light(null);
    });
  }
})();
