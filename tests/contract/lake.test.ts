import { bucketLake, folderLake, lakeSuite } from './lake-suite.ts';
import { startLocal } from './start-local-store.ts';

lakeSuite('folder', folderLake);
lakeSuite('bucket of the local store', () => bucketLake(startLocal));
