import { storeSuite } from '../contract/store-suite.ts';
import { startMoto } from '../support/moto.ts';
import { startVersitygw } from '../support/versitygw.ts';

storeSuite('versitygw', startVersitygw);
storeSuite('moto', startMoto);
