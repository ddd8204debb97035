// Keeps an open page in step with its session, by the server's seconds. Without it the page works too.
{
  const SECOND = 1000
  // Into the refresh window. Visible tabs go first, for hidden ones wake too rarely.
  const [HIDDEN_TAB_AFTER, DIALOG_AFTER] = [SECOND, 2 * SECOND]
  const ASK_EVERY = 30 * SECOND
  // Or an answer that never comes would keep the lock from every tab.
  const WAIT_AT_MOST = 10 * SECOND
  const find = (name) => document.querySelector(`[data-${name}]`)
  const [dialog, countdown] = [document.querySelector('#expiring'), find('countdown')]
  const { sid, expiresIn, refreshIn, endsIn, remembered } = document.body.dataset
  // A device that stays signed in asks nobody: its session lives on by the refresh cookie, which no script sees.
  const isRemembered = remembered !== undefined
  const tabs = new BroadcastChannel('latchkey')
  // A clock that nobody sets, unlike the machine's.
  const now = () => performance.now()
  let times = { expires: 0 }
  let active = false
  let leaving = false
  let warned = false
  let askedAt

  function adopt({ expiresIn, refreshIn, endsIn }) {
    askedAt = now()
    const at = (seconds) => askedAt + seconds * SECOND
    const renewed = at(expiresIn) > times.expires + 2 * SECOND
    times = { expires: at(expiresIn), refresh: at(refreshIn), final: endsIn <= expiresIn }
    show()
    if (!renewed) return
    active = false
    if (!dialog.open) return
    dialog.close()
    find('live').textContent = 'You are still signed in.'
  }

  const here = () => location.pathname + location.search

  function leave(notice) {
    // The first answer has the reason, and clears the cookie: a later one knows of none.
    if (leaving) return
    leaving = true
    const next = notice === 'signed-out' ? '' : `&next=${encodeURIComponent(here())}`
    location.replace(`/signin?notice=${notice}${next}`)
  }

  function tell(news) {
    tabs.postMessage(news)
    hear(news)
  }

  // A tab that still shows an earlier session of this browser may tell of its end: not of ours.
  const hear = (news) => {
    if (!news.ended) adopt(news)
    else if (news.sid === sid) leave(news.ended)
  }
  const send = (path, method) =>
    fetch(path, {
      method,
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(WAIT_AT_MOST),
    })

  async function ask(path = '/session', method = 'GET') {
    const asked = now()
    const answer = await send(path, method)
    const told = await answer.json()
    if (answer.status === 401) return tell({ ended: told.notice ?? 'expired', sid })
    // Renewed, too early, or too busy: /session knows.
    if (method === 'POST') return ask()
    if (!answer.ok) return
    // Not reload(): a page that answers a form would ask to send the form again.
    if (sid !== told.sid) return location.replace(here())
    // A slow answer is old news: what it took has passed.
    const until = (at) => at - told.now - (now() - asked) / SECOND
    const [expiresIn, refreshIn, endsIn] = [told.expires_at, told.refresh_from, told.ends_at].map(until)
    tell({ expiresIn, refreshIn, endsIn })
  }

  // The lock is for one attempt: of all tabs one asks, and tells the others.
  const alone = (attempt, ifAvailable = true) =>
    navigator.locks.request('latchkey', { ifAvailable }, (lock) => lock && attempt())
  const look = () => alone(ask)
  // Another tab may have renewed just before.
  const renew = (ifAvailable) => alone(() => now() >= times.refresh && ask('/refresh', 'POST'), ifAvailable)

  function show() {
    if (countdown) countdown.textContent = minutes(times.refresh - now())
    find('remaining').textContent = minutes(times.expires - now())
  }

  function tick() {
    show()
    const late = now() - times.refresh
    if (now() >= times.expires || (!document.hidden && now() - askedAt > ASK_EVERY)) return look()
    if (late < 0 || dialog.open) return
    if ((active || isRemembered) && !times.final)
      return late < HIDDEN_TAB_AFTER && document.hidden ? undefined : renew()
    if (late < DIALOG_AFTER || warned) return
    warned = times.final
    find('final').hidden = !times.final
    find('stay').hidden = times.final
    dialog.showModal()
  }

  function minutes(milliseconds) {
    const seconds = Math.max(0, Math.ceil(milliseconds / SECOND))
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }

  // An answer that does not come is waited for again at the next tick.
  const trying = (attempt) => Promise.resolve(attempt()).catch(() => {})

  function stay(event) {
    // At the very end there is nothing to stay for: Escape puts the warning away.
    if (times.final) return
    event.preventDefault()
    // A person's word waits for its turn.
    trying(() => renew(false))
  }

  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'scroll']) {
    // With the question on the screen, only its answer counts.
    addEventListener(kind, () => (active ||= !dialog.open), { passive: true })
  }
  for (const time of document.querySelectorAll('time[data-local]')) {
    const dateStyle = time.dataset.local || 'long'
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle, timeStyle: 'short' })
  }
  find('stay').addEventListener('click', stay)
  dialog.addEventListener('cancel', stay)
  addEventListener('submit', (event) => {
    if (!event.target.matches('[action="/logout"]')) return
    event.preventDefault()
    // The other tabs are told when it is done: earlier, they would find themselves still signed in.
    send('/logout', 'POST')
      .then(({ ok }) => (ok ? tell({ ended: 'signed-out', sid }) : Promise.reject()))
      .catch(() => event.target.submit())
  })
  tabs.addEventListener('message', ({ data }) => hear(data))
  document.addEventListener('visibilitychange', () => document.hidden || trying(look))
  // A page that the Back button brings back may be of a session that is over.
  addEventListener('pageshow', ({ persisted }) => persisted && trying(look))

  adopt({ expiresIn: Number(expiresIn), refreshIn: Number(refreshIn), endsIn: Number(endsIn) })
  setInterval(() => trying(tick), 1000)
}
