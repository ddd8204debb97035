import { LONGEST_TITLE } from './title.ts'

/** A failure as an answer (RFC 9457), with a stable `code` for programs. */
export interface Problem {
  status: number
  code: string
  title: string
  detail: string
}

export const badTitle = (detail: string): Problem => ({
  ...{ status: 422, code: 'bad_title', title: 'That cannot be a to-do', detail },
})

export const tooMany = (most: number): Problem => ({
  ...{ status: 409, code: 'too_many', title: 'The list is full' },
  detail: `A list has room for ${most} to-dos. Delete some first.`,
})

export const otherOrigin = (publicUrl: string): Problem => ({
  ...{ status: 403, code: 'cross_origin', title: 'Sent from another address' },
  detail: `This was sent from a page of another address, so it was not done. Open ${publicUrl}/todo and try again from there.`,
})

export const NO_SUCH_TODO: Problem = {
  status: 404,
  code: 'no_such_todo',
  title: 'Not on your list',
  detail: 'There is no such to-do on your list. It may have been deleted already.',
}

export const TOO_LARGE: Problem = {
  status: 413,
  code: 'too_large',
  title: 'Too large',
  detail: `The body may have at most 16 KB, and a title ${LONGEST_TITLE} characters.`,
}

export const WRONG_TYPE: Problem = {
  status: 415,
  code: 'wrong_content_type',
  title: 'Wrong content type',
  detail: 'Send application/json or application/x-www-form-urlencoded.',
}

export const NOT_FOUND: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Nothing here',
  detail: 'There is nothing at this address, or not for this method. The list is at /todo.',
}

export const INTERNAL: Problem = {
  status: 500,
  code: 'internal',
  title: 'Something went wrong',
  detail: 'That should not have happened. Try again.',
}
