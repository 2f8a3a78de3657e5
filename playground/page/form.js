// The bot's forms (Discord calls them modals).

import { el } from './dom.js';
import { markdown } from './markdown.js';

const [TEXT, TEXT_INPUT, LABEL] = [10, 4, 18];

/** Opens a form; `submit(values)` gets what was written, by custom id. */
export function openForm(modal, submit) {
  const dialog = document.getElementById('form');
  const fields = modal.components.flatMap(part);
  const send = (event) => {
    event.preventDefault();
    dialog.close();
    submit(valuesOf(event.currentTarget));
  };
  dialog.replaceChildren(el('form', { onsubmit: send },
    el('h2', { id: 'form-title' }, modal.title),
    fields,
    el('div', { class: 'row end' },
      el('button', { type: 'button', class: 'button secondary', onclick: () => dialog.close() }, 'Cancel'),
      el('button', { type: 'submit', class: 'button primary' }, 'Submit'))));
  dialog.showModal();
  dialog.querySelector('input, textarea, select')?.focus();
}

function part(shown) {
  if (shown.type === TEXT) return [el('div', { class: 'text' }, markdown(shown.content))];
  if (shown.type === LABEL) return [field(shown.component, shown.label, shown.description)];
  return shown.components.map((input) => field(input, input.label));
}

function field(input, label, description) {
  const required = input.required !== false;
  const name = el('span', { class: 'field-name' }, label ?? '', required && el('span', { class: 'needed', title: 'required' }, ' *'));
  return el('label', { class: 'field' }, name, description && el('span', { class: 'field-note' }, description), control(input, required));
}

function control(input, required) {
  const shared = { name: input.custom_id, required };
  if (input.type === TEXT_INPUT) {
    const limits = { ...shared, minlength: input.min_length, maxlength: input.max_length ?? 4000, placeholder: input.placeholder };
    if (input.style === 2) return el('textarea', { ...limits, rows: 4 }, input.value ?? '');
    return el('input', { ...limits, value: input.value });
  }
  const many = (input.max_values ?? 1) > 1;
  const options = (input.options ?? []).map((option) => el('option', { value: option.value, selected: option.default }, option.label));
  return el('select', { ...shared, multiple: many, class: 'menu' }, options);
}

function valuesOf(form) {
  const controls = [...form.elements].filter((control) => control.name);
  return Object.fromEntries(controls.map((control) => [control.name, control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value]));
}
