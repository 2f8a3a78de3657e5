// The JSON interface of the box.

export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

async function ask(path, body) {
  const request = body === undefined ? {} : {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Refused(0, 'the playground does not answer');
  }
  const said = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, said.error ?? `status ${answer.status}`);
  return said;
}

export const api = {
  commands: async () => (await ask('/api/commands')).commands,
  users: async () => (await ask('/api/users')).users,
  addUser: (user) => ask('/api/users', { user }),
  messages: async (user) => (await ask(`/api/messages?user=${encodeURIComponent(user)}`)).messages,
  command: (user, command, options) => ask('/api/commands', { user, command, options }),
  press: (user, message_id, custom_id, values) => ask('/api/components', { user, message_id, custom_id, values }),
  submit: (user, custom_id, values) => ask('/api/modals', { user, custom_id, values }),
  complete: async (user, command, options, option, value) =>
    (await ask('/api/autocomplete', { user, command, options, option, value })).choices,
  traceOf: async (interaction) => (await ask(`/api/interactions/${interaction}/trace`)).trace_id,
  trace: (id) => ask(`/api/traces/${id}`),
  health: () => ask('/healthz'),
};
