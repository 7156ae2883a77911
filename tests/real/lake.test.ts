import { bucketLake, lakeSuite } from '../contract/lake-suite.ts';
import { startMoto } from '../support/moto.ts';
import { startVersitygw } from '../support/versitygw.ts';

lakeSuite('bucket of versitygw', () => bucketLake(startVersitygw));
lakeSuite('bucket of moto', () => bucketLake(startMoto));
