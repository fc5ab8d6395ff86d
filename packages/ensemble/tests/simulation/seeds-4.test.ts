import { describe } from 'vitest';
import { testSeeds } from './seeds.ts';

describe('simulated ensembles', () => {
  testSeeds(3751, 5000);
});
