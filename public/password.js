// Without this file a password field is a plain password field: nothing here is needed to sign in.
for (const input of document.querySelectorAll('input[data-password]')) {
  const field = input.closest('.field')
  const button = field.querySelector('[data-peek]')
  const verb = button.querySelector('[data-verb]')
  const caps = field.querySelector('[data-caps]')

  const show = (shown) => {
    input.type = shown ? 'text' : 'password'
    verb.textContent = shown ? 'Hide' : 'Show'
  }

  button.addEventListener('click', () => show(input.type === 'password'))
  // As text it would be kept in the browser's form history, and be readable after Back.
  input.form.addEventListener('submit', () => show(false))
  addEventListener('pagehide', () => show(false))

  const say = (text) => {
    // Written only when it changes, or a screen reader says it at each key.
    if (caps.textContent !== text) caps.textContent = text
  }
  // Autofill sends key events that are not KeyboardEvents.
  const look = (event) => say(event.getModifierState?.('CapsLock') ? 'Caps Lock is on.' : '')
  for (const type of ['keydown', 'keyup', 'pointerdown']) input.addEventListener(type, look)
  input.addEventListener('blur', () => say(''))

  button.hidden = false
}
