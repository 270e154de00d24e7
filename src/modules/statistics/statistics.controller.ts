import { Controller, Get } from '@nestjs/common';
import { StatisticsService, type StatisticsDto } from './statistics.service.js';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-docs.js';
import { Access } from '../auth/access.js';

@ApiTags('training')
@Controller('training/statistics')
export class StatisticsController {
  constructor(private readonly service: StatisticsService) {}

  @ApiRoute({ summary: 'Counts over all tasks', returns: 'Tasks by state and line, step durations' })
  @Access('viewer')
  @Get()
  statistics(): Promise<StatisticsDto> {
    return this.service.statistics();
  }
}
