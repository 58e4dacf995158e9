/**
 * Fills `{{name}}` places of a template. In HTML every value is escaped, since names come from whoever signed up; in
 * text and in the subject line breaks become spaces, so that a name cannot add lines of its own.
 *
 * @param {{ subject: string, text: string, html: string }} template
 * @param {Record<string, string>} values
 * @returns {{ subject: string, text: string, html: string }}
 */
export function render(template, values) {
  return {
    subject: fill(template.subject, values, oneLine),
    text: fill(template.text, values, oneLine),
    html: fill(template.html, values, (value) => escapeHtml(oneLine(value))),
  }
}

/** A place without a value is left as it stands: that shows in a test message, where an empty gap would not. */
function fill(template, values, escape) {
  return template.replace(/\{\{(\w+)\}\}/g, (place, name) =>
    Object.hasOwn(values, name) ? escape(values[name]) : place,
  )
}

function oneLine(value) {
  return value.replace(/\s+/g, ' ').trim()
}

function escapeHtml(value) {
  return value.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
