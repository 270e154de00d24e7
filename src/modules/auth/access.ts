import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Role } from './roles.js';

export const ACCESS_KEY = 'polarline:access';
export type Access = Role | 'public';

/** Who may call a route. A route that does not say is for admins alone. */
export const Access = (access: Access): CustomDecorator => SetMetadata(ACCESS_KEY, access);
