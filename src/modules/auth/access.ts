import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Role } from './roles.js';

export const ACCESS_KEY = 'polarline:access';
/** Where the OpenAPI document says the lowest role of an operation. */
export const ROLE_EXTENSION = 'x-role';
export type Access = Role | 'public';

/** Who may call a route. A route that does not say is for admins alone. */
export const Access = (access: Access): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(ACCESS_KEY, access), ApiExtension(ROLE_EXTENSION, access));
