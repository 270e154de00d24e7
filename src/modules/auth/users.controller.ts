import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { actorOf } from '../http/actor-of.js';
import { ApiRoute } from '../http/api-docs.js';
import { parseBody } from '../http/parse.js';
import { Access } from './access.js';
import { KEY_NAME, KeyService, type KeyDto } from './key.service.js';
import { ROLES } from './roles.js';
import { UserService, type UserDto } from './user.service.js';

const names = z.array(z.string().min(1).max(64)).min(1).max(200).nullable().optional();
const addUserSchema = z.strictObject({
  name: z.string(),
  role: z.enum(ROLES),
  password: z.string(),
  sites: names,
  lines: names,
});
const changeUserSchema = z.strictObject({
  role: z.enum(ROLES).optional(),
  password: z.string().optional(),
  sites: names,
  lines: names,
  disabled: z.boolean().optional(),
});
const addKeySchema = z.strictObject({
  name: z.string().regex(KEY_NAME),
  role: z.enum(ROLES),
  sites: names,
  lines: names,
  expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
});

/** Users and keys, for admins. */
@ApiTags('users')
@Access('admin')
@Controller()
export class UsersController {
  constructor(
    private readonly users: UserService,
    private readonly keys: KeyService,
  ) {}

  @ApiRoute({ summary: 'All users', returns: '{users}', errors: [401, 403] })
  @Get('users')
  async list(): Promise<{ users: UserDto[] }> {
    return { users: await this.users.list() };
  }

  @ApiRoute({
    summary: 'Add a user',
    body: addUserSchema,
    status: 201,
    returns: 'The user',
    errors: [400, 401, 403, 409],
  })
  @Post('users')
  add(@Body() body: unknown, @Req() request: Request): Promise<UserDto> {
    return this.users.add(parseBody(addUserSchema, body), actorOf(request));
  }

  @ApiRoute({
    summary: 'Change a user; ends their sessions',
    body: changeUserSchema,
    returns: 'The user',
    errors: [400, 401, 403, 404, 409],
  })
  @Patch('users/:name')
  change(@Param('name') name: string, @Body() body: unknown, @Req() request: Request): Promise<UserDto> {
    return this.users.change(name, parseBody(changeUserSchema, body), actorOf(request));
  }

  @ApiRoute({ summary: 'All keys, without the keys themselves', returns: '{keys}', errors: [401, 403] })
  @Get('keys')
  async listKeys(): Promise<{ keys: KeyDto[] }> {
    return { keys: await this.keys.list() };
  }

  @ApiRoute({
    summary: 'Add a key for a program; it is told this once',
    body: addKeySchema,
    status: 201,
    returns: 'The key',
    errors: [400, 401, 403, 409],
  })
  @Post('keys')
  addKey(@Body() body: unknown, @Req() request: Request): Promise<KeyDto & { key: string }> {
    const { expires_at: expires, ...spec } = parseBody(addKeySchema, body);
    return this.keys.add({ ...spec, expiresAt: expires ? new Date(expires) : null }, actorOf(request));
  }

  @ApiRoute({ summary: 'Revoke a key', returns: 'The key', errors: [401, 403, 404] })
  @Delete('keys/:id')
  @HttpCode(200)
  revokeKey(@Param('id') id: string, @Req() request: Request): Promise<KeyDto> {
    return this.keys.revoke(id, actorOf(request));
  }
}
