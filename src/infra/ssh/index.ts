export { connectSsh, type SshOptions } from './connect-ssh.js';
export {
  generateHostKey,
  startForwardingServer,
  type ForwardingServer,
  type ForwardingServerOptions,
  type ForwardingUser,
} from './forwarding-server.js';
export { fingerprintOf, knownHostKeys, type HostKeyPolicy } from './host-key.js';
export { openTunnel, type Tunnel, type TunnelTarget } from './tunnel.js';
