import { describe } from 'vitest';
import { testSeeds } from './seeds.ts';

describe('simulated ensembles', () => {
  testSeeds(2501, 3750);
});
