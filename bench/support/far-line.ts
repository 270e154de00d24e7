import { startForwardingServer } from '../../src/infra/ssh/index.js';

/** An SSH server with latency in a process of its own, so that its work is not counted as ours. */
export interface FarLineSpec {
  readonly user: string;
  readonly password: string;
  readonly latencyMs: { readonly request: number; readonly response: number };
}

export interface FarLineAddress {
  readonly host: string;
  readonly port: number;
  readonly fingerprint: string;
}

if (process.send !== undefined) {
  process.once('message', (spec: FarLineSpec) => {
    void startForwardingServer({
      users: [{ name: spec.user, password: spec.password }],
      latencyMs: spec.latencyMs,
    }).then(({ host, port, fingerprints }) =>
      process.send!({ host, port, fingerprint: fingerprints[0]! } satisfies FarLineAddress),
    );
  });
  process.once('disconnect', () => process.exit(0));
}
