/** The caller's attributes that a rule may use, as in Nova's request context. */
import type { Identity } from '../identity.ts';
import type { Attribute } from './check.ts';

/** Null: known to be unset. Undefined: unknown. A list matches by any of its members. */
export type AttributeValue = string | null | undefined | readonly string[];

/** Rules are asked only for tokens of a project, so these never have the scope of the system or of a domain. */
export function readAttribute(name: Exclude<Attribute, 'is_admin'>): (identity: Identity) => AttributeValue {
  switch (name) {
    case 'project_id':
      return (identity) => identity.projectId;
    case 'user_id':
      return (identity) => identity.userId;
    case 'user_domain_id':
      return (identity) => identity.userDomainId;
    case 'project_domain_id':
      return (identity) => identity.projectDomainId;
    case 'is_admin_project':
      return ({ isAdminProject: is }) => (is === undefined ? undefined : is ? 'True' : 'False');
    case 'roles':
      return (identity) => identity.roles;
    case 'domain_id':
    case 'system_scope':
      return () => null;
    case 'service_user_id':
      return ({ service }) => service?.userId ?? null;
    case 'service_user_domain_id':
      return ({ service }) => (service === undefined ? null : service.userDomainId);
    case 'service_project_id':
      return ({ service }) => service?.projectId ?? null;
    case 'service_project_domain_id':
      return ({ service }) => (service === undefined ? null : service.projectDomainId);
    case 'service_roles':
      return ({ service }) => service?.roles ?? [];
  }
}
