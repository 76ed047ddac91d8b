import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsClient } from 'aws4fetch';
import S3rver from 's3rver';
import { newFolder } from './project.js';

/** What a request asks for: its method, and its path with query. */
export interface Asked {
  readonly method: string;
  readonly path: string;
}

/** An object store on this machine with one bucket, `lake`, behind a gate that counts requests and may answer in its place. */
export interface ObjectStore {
  readonly endpoint: string;
  readonly asked: Asked[];
  /** Answers instead of the store: a status, `cut` for a broken connection, null for no answer of its own. */
  fault: (asked: Asked) => { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> } | 'cut' | null;
  readonly put: (key: string, content: string | Uint8Array, headers?: Record<string, string>) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The keys that the store accepts. */
export const storeKeys = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

export async function startObjectStore(): Promise<ObjectStore> {
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: await newFolder(),
    configureBuckets: [{ name: 'lake' }],
  });
  const { port } = await server.run();
  const gate = createServer((incoming, outgoing) => {
    const asked = { method: incoming.method ?? '', path: incoming.url ?? '' };
    store.asked.push(asked);
    const fault = store.fault(asked);
    if (fault === 'cut') return void incoming.socket.destroy();
    if (fault !== null) return void outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    const onward = request({ host: '127.0.0.1', port, method: asked.method, path: asked.path, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
  const client = new AwsClient({ accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', service: 's3', region: 'us-east-1' });
  const send = async (key: string, init: RequestInit): Promise<void> => {
    const answer = await client.fetch(`${endpoint}/lake/${key.split('/').map(encodeURIComponent).join('/')}`, init);
    if (!answer.ok) throw new Error(`${init.method} ${key}: ${answer.status} ${await answer.text()}`);
    store.asked.length = 0;
  };
  const store: ObjectStore = {
    endpoint,
    asked: [],
    fault: () => null,
    put: (key, content, headers = {}) => send(key, { method: 'PUT', body: Buffer.from(content), headers }),
    remove: (key) => send(key, { method: 'DELETE' }),
    close: async () => {
      gate.closeAllConnections();
      await new Promise((done) => gate.close(done));
      await server.close();
    },
  };
  return store;
}
