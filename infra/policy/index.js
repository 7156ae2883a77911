// JavaScript, so that Pulumi's runner of policy packs, which compiles TypeScript with a compiler and settings of its own, finds nothing to
// compile: what stands behind an import is Node's affair.
import './pack.ts';
