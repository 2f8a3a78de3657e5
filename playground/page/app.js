// The page: who plays, what they see, what they do, and the trace behind each answer.

import { api } from './api.js';
import { Composer } from './composer.js';
import { avatar, el } from './dom.js';
import { openForm } from './form.js';
import { knowName, refreshMoments } from './markdown.js';
import { messageItem } from './messages.js';
import { waterfall } from './trace.js';

const FIRST_VISITOR = 'alice';
const STARTERS = ['help', 'academy daily', 'summon ten', 'collection album', 'waifu talk', 'academy status'];
const HEALTH_MS = 4_000;
const NEAR_END_PX = 120;
const at = (id) => document.getElementById(id);

const state = {
  player: localStorage.getItem('player') ?? FIRST_VISITOR,
  users: [],
  messages: [],
  notices: [], // What only this page says: refusals, and bots that stay silent.
  dismissed: new Set(),
  selected: null, // { message, interaction }
  trace: null,
  open: new Set(),
};

const composer = new Composer(send, () => state.player, () => state.users, notice);

// Players

async function loadUsers() {
  const remembered = JSON.parse(localStorage.getItem('visitors') ?? '[]');
  const known = new Set((await api.users()).map(({ name }) => name));
  for (const name of new Set([state.player, ...remembered])) if (!known.has(name)) await api.addUser(name);
  state.users = await api.users();
  state.users.forEach(({ id, name }) => knowName(id, name));
  localStorage.setItem('visitors', JSON.stringify(state.users.map(({ name }) => name).slice(0, 12)));
  drawPlayers();
}

function drawPlayers() {
  at('players').replaceChildren(...state.users.map(({ id, name }) => el('li', {},
    el('button', { type: 'button', class: 'player', title: `Discord id ${id}`, 'aria-pressed': String(name === state.player), onclick: () => playAs(name) }, avatar(name), el('span', { class: 'named' }, el('span', {}, name), name === state.player && el('small', {}, id))))));
  at('line').placeholder = `Type / to play as ${state.player}`;
}

async function playAs(name) {
  state.player = name;
  localStorage.setItem('player', name);
  state.selected = null;
  state.messages = [];
  drawPlayers();
  await loadMessages();
  if (matchMedia('(pointer: fine)').matches) at('line').focus();
}

at('add-player').addEventListener('submit', async (event) => {
  event.preventDefault();
  const name = at('player-name').value.trim();
  if (!name) return;
  at('player-name').value = '';
  await attempt(() => api.addUser(name));
  await loadUsers();
  await playAs(name);
});

// Messages

async function loadMessages() {
  const { player } = state;
  const messages = await api.messages(player);
  if (player !== state.player) return;
  const isFirst = state.messages.length === 0;
  state.messages = messages;
  selectNewest();
  drawMessages(isFirst);
}

function shown() {
  const kept = state.messages.filter(({ id }) => !state.dismissed.has(id));
  const notices = state.notices.filter(({ player }) => player === state.player);
  return [...kept, ...notices].sort((a, b) => (a.time < b.time ? -1 : 1));
}

function drawMessages(jump) {
  const list = at('messages');
  const isNearEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
  const items = shown();
  if (items.length === 0) list.replaceChildren(welcome());
  else patch(list, items);
  if (jump || isNearEnd) toEnd(list);
}

/** Redraws only what changed, so that open menus and pictures stay as they are. */
function patch(list, items) {
  const before = new Map([...list.children].map((child) => [child.dataset.id, child]));
  const after = items.map((item) => {
    const drawn = JSON.stringify([item, state.selected?.message === item.id]);
    const kept = before.get(item.id);
    if (kept?.drawn === drawn) return kept;
    const made = item.notice ? noticeItem(item) : messageItem(item, acts, state.selected?.message === item.id);
    made.drawn = drawn;
    return made;
  });
  if (after.length === list.children.length && after.every((item, index) => item === list.children[index])) return;
  for (const img of after.flatMap((item) => [...item.querySelectorAll('img')])) img.addEventListener('load', () => nearEnd(list) && toEnd(list), { once: true });
  list.replaceChildren(...after);
}

const nearEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 700;
const toEnd = (list) => { list.scrollTop = list.scrollHeight; };

function welcome() {
  const starters = STARTERS.filter((name) => composer.commands.some((command) => command.name === name)).map((name) => el('button', { type: 'button', class: 'button secondary', onclick: () => begin(`/${name} `) }, `/${name}`));
  return el('li', { class: 'welcome' },
    el('img', { src: '/page/icon.svg', alt: '', width: 72, height: 72 }),
    el('h3', {}, 'Welcome to the academy'),
    el('p', {}, 'Pick a player on the left, type / below and choose a command. Beside every answer you see the trace of that wish.'),
    el('div', { class: 'row' }, starters));
}

function begin(line) {
  at('line').value = line;
  at('line').focus();
  composer.refresh();
}

function notice(text, label) {
  const time = new Date().toISOString().replace('Z', '000+00:00');
  state.notices.push({ id: `notice-${time}`, time, notice: text, label, player: state.player });
  state.notices = state.notices.slice(-20);
  drawMessages(true);
}

function noticeItem({ id, notice: text, label }) {
  const dismiss = () => {
    state.notices = state.notices.filter((kept) => kept.id !== id);
    drawMessages(false);
  };
  return el('li', { class: 'message notice', 'data-id': id },
    label && el('p', { class: 'asked' }, avatar(state.player, 'small'), el('b', {}, state.player), ' used ', el('span', { class: 'command' }, label)),
    el('p', { class: 'notice-text', role: 'alert' }, text),
    el('p', { class: 'foot' }, el('span', { class: 'only-you' }, 'Only you can see this · ', el('button', { type: 'button', onclick: dismiss }, 'Dismiss message'))));
}

// Doing

async function attempt(wish, label) {
  try {
    const answer = await wish();
    if (answer.modal) openForm(answer.modal, (values) => attempt(() => api.submit(state.player, answer.modal.custom_id, values), answer.modal.title));
    else if (answer.messages?.length) select(answer.messages[0].id, answer.interaction_id);
  } catch (wrong) {
    notice(wrong.status === 504 ? `The application did not respond: ${wrong.message}.` : `${wrong.message[0].toUpperCase()}${wrong.message.slice(1)}.`, label);
  }
}

function send(command, options) {
  const label = [`/${command}`, ...Object.entries(options).map(([name, value]) => `${name}:${value}`)].join(' ');
  toEnd(at('messages'));
  return attempt(() => api.command(state.player, command, options), label);
}

const acts = {
  async press(message, component, values, pressed) {
    pressed?.classList.add('waiting');
    await attempt(() => api.press(state.player, message.id, component.custom_id, values), component.label ?? component.placeholder);
    pressed?.classList.remove('waiting');
  },
  select(message) {
    select(message.id, message.interactions.at(-1).id);
    document.body.classList.add('show-trace');
  },
  dismiss(message) {
    state.dismissed.add(message.id);
    drawMessages(false);
  },
};

// The trace of the selected answer

function selectNewest() {
  const newest = state.messages.filter(({ interactions }) => interactions.length).at(-1);
  const isKnown = state.messages.some(({ id }) => id === state.selected?.message);
  if (newest && !isKnown) select(newest.id, newest.interactions.at(-1).id);
  if (!newest) drawTrace();
}

async function select(message, interaction) {
  const isSame = state.selected?.interaction === interaction;
  state.selected = { message, interaction };
  if (!isSame) {
    state.trace = null;
    state.open = new Set();
  }
  drawMessages(false);
  await loadTrace();
}

async function loadTrace() {
  const { selected } = state;
  if (!selected) return drawTrace();
  const id = await api.traceOf(selected.interaction).catch(() => null);
  const trace = id ? await api.trace(id).catch(() => null) : null;
  if (selected !== state.selected) return undefined;
  state.trace = trace;
  return drawTrace();
}

function drawTrace() {
  const body = at('trace-body');
  const message = state.messages.find(({ id }) => id === state.selected?.message);
  if (!message) return body.replaceChildren(el('p', { class: 'hint' }, 'Ask the bot for something: the way of the wish through the services appears here.'));
  const tabs = message.interactions.slice(-6).map(({ id, label, user }) => el('button', { type: 'button', 'aria-pressed': String(id === state.selected.interaction), title: `${user}: ${label}`, onclick: () => select(message.id, id) }, label));
  const below = state.trace?.spans.length
    ? waterfall(state.trace, state.open)
    : [el('p', { class: 'hint' }, 'No spans have arrived for this answer yet.')];
  const scroll = body.scrollTop;
  body.replaceChildren(el('div', { class: 'tabs', role: 'group', 'aria-label': 'Wishes of this message' }, tabs), ...below);
  body.scrollTop = scroll;
  return undefined;
}

at('trace-toggle').addEventListener('click', () => document.body.classList.toggle('show-trace'));
at('trace-close').addEventListener('click', () => document.body.classList.remove('show-trace'));

// Staying up to date

/** Runs at most one at a time, and once more when it was asked for meanwhile. */
function gently(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await work().catch(() => {});
    }
    running = false;
  };
}

async function loadCommands() {
  composer.setCommands(await api.commands());
  if (shown().length === 0) drawMessages(false);
}

async function loadHealth() {
  const bots = await api.health().then((health) => health.bots, () => -1);
  const words = bots < 0 ? 'playground is away' : bots === 0 ? 'bot is not connected' : 'bot is connected';
  at('bot-state').textContent = words;
  at('bot-state').className = `bot-state ${bots > 0 ? 'well' : 'away'}`;
}

const refresh = { messages: gently(loadMessages), users: gently(loadUsers), commands: gently(loadCommands), trace: gently(loadTrace), health: gently(loadHealth) };

const events = new EventSource('/api/events');
events.addEventListener('open', () => Object.values(refresh).forEach((load) => load()));
for (const name of ['messages', 'users', 'commands', 'trace']) events.addEventListener(name, refresh[name]);
events.addEventListener('commands', refresh.health);
setInterval(refresh.health, HEALTH_MS);
setInterval(refreshMoments, 5_000);
drawTrace();
