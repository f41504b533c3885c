// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static io.tcpotel.testing.TcpInfo.CLOSE_WAIT;
import static io.tcpotel.testing.TcpInfo.ESTABLISHED;
import static io.tcpotel.testing.TcpInfo.FIN_WAIT2;
import static io.tcpotel.testing.TcpInfo.LAST_ACK;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Errno;

/** The ways in which the tests end a connection, and what each end has to be told about it. */
enum Ending {
  /** FIN by the client, then by the server, each read by the other. */
  CLIENT_FIN(Facts.CLOSED_FIRST, Facts.CLOSED_SECOND),
  SERVER_FIN(Facts.CLOSED_SECOND, Facts.CLOSED_FIRST),

  /**
   * close() by the client, the server's FIN 60 ms later. FIN_WAIT2 of a socket that nobody holds is
   * moved to a small one of its own kind at once, so the end comes with the ACK of our FIN, and the
   * peer's is never seen.
   */
  CLIENT_CLOSE_SERVER_LATE(
      new Facts(FIN_WAIT2, ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL(), false, 0, null),
      Facts.CLOSED_SECOND),
  SERVER_CLOSE_CLIENT_LATE(
      Facts.CLOSED_SECOND,
      new Facts(FIN_WAIT2, ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL(), false, 0, null)),

  /** FIN by the client, then data by the server, then its FIN. */
  HALF_CLOSE(Facts.CLOSED_FIRST, Facts.CLOSED_SECOND),

  /** SO_LINGER 0. */
  CLIENT_RESET(Facts.ABORTED, Facts.RESET),
  SERVER_RESET(Facts.RESET, Facts.ABORTED),

  /** connect(AF_UNSPEC): the socket stays, to connect again. */
  CLIENT_DISCONNECT(Facts.ABORTED, Facts.RESET),

  /** close() with data that was never read: the kernel resets. */
  SERVER_UNREAD(Facts.RESET, Facts.ABORTED),
  CLIENT_UNREAD(Facts.ABORTED, Facts.RESET),

  /** The client has sent its FIN, with data before it that the server never reads. */
  SERVER_UNREAD_AFTER_FIN(
      new Facts(FIN_WAIT2, ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL(), false, Errno.ECONNRESET, null),
      new Facts(
          CLOSE_WAIT,
          ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE(),
          true,
          0,
          ErrorType.CONNECTION_ABORTED)),

  /** A server that answers a FIN by a reset, after everything was exchanged: no error. */
  SERVER_RESET_AFTER_CLIENT_FIN(
      new Facts(FIN_WAIT2, ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL(), false, Errno.ECONNRESET, null),
      new Facts(CLOSE_WAIT, ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE(), true, 0, null)),

  /** The server sends its FIN, then a reset: the client, which may still write, gets EPIPE. */
  SERVER_FIN_THEN_RESET(
      new Facts(
          CLOSE_WAIT,
          ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE(),
          true,
          Errno.EPIPE,
          ErrorType.BROKEN_PIPE),
      new Facts(FIN_WAIT2, ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL(), false, 0, null));

  /** How one end of a connection has ended. */
  record Facts(
      int previousState, int closedBy, boolean finReceived, int skErr, ErrorType errorType) {
    static final Facts CLOSED_FIRST =
        new Facts(FIN_WAIT2, ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL(), true, 0, null);
    static final Facts CLOSED_SECOND =
        new Facts(LAST_ACK, ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE(), true, 0, null);
    static final Facts ABORTED =
        new Facts(
            ESTABLISHED,
            ProbeAbi.TCP_PROBE_CLOSED_BY_ABORT(),
            false,
            0,
            ErrorType.CONNECTION_ABORTED);
    static final Facts RESET =
        new Facts(
            ESTABLISHED,
            ProbeAbi.TCP_PROBE_CLOSED_BY_ABORT(),
            false,
            Errno.ECONNRESET,
            ErrorType.CONNECTION_RESET);
  }

  private final Facts client;
  private final Facts server;

  Ending(Facts client, Facts server) {
    this.client = client;
    this.server = server;
  }

  Facts facts(boolean ofClient) {
    return ofClient ? client : server;
  }

  /** Whether the last bytes that this end was sent are left unread. */
  boolean leavesUnread(boolean byClient) {
    return byClient
        ? this == CLIENT_UNREAD
        : this == SERVER_UNREAD || this == SERVER_UNREAD_AFTER_FIN;
  }
}
