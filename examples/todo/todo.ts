/** A thing to do. `userId` is the token's `sub`, which is never given to anybody else; instants are epoch seconds. */
export interface Todo {
  id: string
  userId: string
  title: string
  createdAt: number
}

/** As it is answered. */
export const toWire = ({ id, userId, title, createdAt }: Todo) => ({
  ...{ id, user_id: userId, title, created_at: createdAt },
})

/** Of the user, what this app needs: `latchkey()` puts that and more into `c.var.user`. */
export interface TodoUser {
  readonly sub: string
  readonly username: string
}
