/**
 * PORT. What a seed needs of the embedded identity service. Each call makes sure that an entry exists and returns its
 * id.
 */
export interface SeedAccounts {
  ensureProject(project: { readonly id?: string; readonly name: string }): Promise<{ readonly id: string }>;
  /** Sets the password as well. */
  ensureUser(user: {
    readonly id?: string;
    readonly name: string;
    readonly password: string;
  }): Promise<{ readonly id: string }>;
  /** User and project by id, the role by name. */
  ensureRole(userId: string, projectId: string, role: string): Promise<unknown>;
}
