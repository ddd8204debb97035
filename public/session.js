// Keeps an open page in step with its session. It counts the server's seconds, never this machine's clock, and
// whatever it does it asks the server: without it the page works too.
{
  // Seconds into the refresh window. Visible tabs go first, for hidden ones wake too rarely.
  const [HIDDEN_TAB_AFTER, DIALOG_AFTER] = [1, 2]
  const ASK_EVERY = 30
  const find = (selector) => document.querySelector(selector)
  const dialog = find('#expiring')
  const tabs = new BroadcastChannel('latchkey')
  // In seconds of a clock that nobody sets.
  const now = () => performance.now() / 1000
  let times = { expires: 0 }
  let active = false
  let sid
  let askedAt

  function adopt({ expiresIn, refreshIn, endsIn }) {
    askedAt = now()
    const renewed = askedAt + expiresIn > times.expires + 1.5
    times = { expires: askedAt + expiresIn, refresh: askedAt + refreshIn, final: endsIn <= expiresIn }
    if (!renewed) return
    active = false
    if (!dialog.open) return
    dialog.close()
    find('[data-live]').textContent = 'You are still signed in.'
  }

  function leave(notice) {
    const here = encodeURIComponent(location.pathname + location.search)
    location.replace(`/signin?notice=${notice}${notice === 'signed-out' ? '' : `&next=${here}`}`)
  }

  function tell(news) {
    tabs.postMessage(news)
    hear(news)
  }

  const hear = (news) => (news.ended ? leave(news.ended) : adopt(news))

  const send = (path, method) => fetch(path, { method, headers: { accept: 'application/json' } })

  async function ask(path = '/session', method = 'GET') {
    const answer = await send(path, method)
    const told = await answer.json()
    if (answer.status === 401) return tell({ ended: told.notice ?? 'expired' })
    // Renewed, too early, or too busy: the session says where we are.
    if (method === 'POST') return ask()
    if (!answer.ok) return
    sid ??= told.sid
    if (sid !== told.sid) return location.reload()
    const until = (at) => at - told.now
    tell({
      expiresIn: until(told.expires_at),
      refreshIn: until(told.refresh_from),
      endsIn: until(told.ends_at),
    })
  }

  // The lock is for one attempt: of all tabs one renews, and tells the others.
  const renew = () =>
    navigator.locks.request('latchkey', { ifAvailable: true }, (lock) => lock && ask('/refresh', 'POST'))

  function tick() {
    const left = Math.max(0, Math.ceil(times.expires - now()))
    const late = now() - times.refresh
    find('[data-countdown]').textContent = minutes(Math.max(0, Math.ceil(-late)))
    find('[data-remaining]').textContent = minutes(left)
    if (left === 0 || (!document.hidden && now() - askedAt > ASK_EVERY)) return ask()
    if (late < 0 || dialog.open) return
    if (active && !times.final) return late < HIDDEN_TAB_AFTER && document.hidden ? undefined : renew()
    if (late < DIALOG_AFTER) return
    find('[data-final]').hidden = !times.final
    find('[data-stay]').hidden = times.final
    dialog.showModal()
  }

  const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`

  // An answer that does not come is waited for again at the next tick.
  const trying = (attempt) => Promise.resolve(attempt()).catch(() => {})

  function stay(event) {
    event.preventDefault()
    if (!times.final) trying(renew)
  }

  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'scroll']) {
    // With the question on the screen, only its answer counts.
    addEventListener(kind, () => (active ||= !dialog.open), { passive: true })
  }
  for (const time of document.querySelectorAll('time[data-local]')) {
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: 'long', timeStyle: 'short' })
  }
  find('[data-stay]').addEventListener('click', stay)
  dialog.addEventListener('cancel', stay)
  addEventListener('submit', (event) => {
    if (!event.target.matches('[action="/logout"]')) return
    event.preventDefault()
    // The other tabs are told when it is done: earlier, they would find themselves still signed in.
    const signOut = send('/logout', 'POST').then(({ ok }) =>
      ok ? tell({ ended: 'signed-out' }) : Promise.reject(),
    )
    signOut.catch(() => event.target.submit())
  })
  tabs.addEventListener('message', ({ data }) => hear(data))
  document.addEventListener('visibilitychange', () => document.hidden || trying(ask))
  // A page that the Back button brings back may be of a session that is over.
  addEventListener('pageshow', ({ persisted }) => persisted && trying(ask))

  const { expiresIn, refreshIn, endsIn } = document.body.dataset
  adopt({ expiresIn: Number(expiresIn), refreshIn: Number(refreshIn), endsIn: Number(endsIn) })
  setInterval(() => trying(tick), 1000)
}
