// Requests to the stand-ins. A refusal becomes an error whose message a person can read.

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const where = body.field ? `${body.field} ` : "";
  throw new Error(body.error ? `The sandbox refused that: ${where}${body.error}.` : "The sandbox refused that. Please try again.");
}

async function request(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  return answerOf(response);
}

/** GET as JSON. */
export function get(address) {
  return request(address, {});
}

/** POST a JSON body; fields without a value are left out, null is sent. */
export function post(address, body) {
  const sent = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return request(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent) });
}

/** POST a form with files. */
export function postForm(address, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof File) form.append(name, value, value.name);
    else if (value !== undefined && value !== null && value !== "") form.append(name, String(value));
  }
  return request(address, { method: "POST", body: form });
}
