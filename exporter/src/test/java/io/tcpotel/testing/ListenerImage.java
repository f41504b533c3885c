// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_listener;
import io.tcpotel.record.ListenerRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * One {@code struct tcp_probe_listener} in native memory, with another value in every field:
 * [::1]:8443, with 3 of 128 connections in its queue.
 */
public final class ListenerImage {
  private final MemorySegment data = Arena.ofAuto().allocate(tcp_probe_listener.layout());

  public ListenerImage(long socketCookie) {
    tcp_probe_listener.version(data, (short) ProbeAbi.TCP_PROBE_VERSION());
    tcp_probe_listener.size(data, (short) RecordKind.LISTENER.bytes());
    tcp_probe_listener.kind(data, (byte) RecordKind.LISTENER.number());
    tcp_probe_listener.address(data).set(ValueLayout.JAVA_BYTE, 15, (byte) 1);
    type(10).port(8443).queue(3, 128).drops(41, 7);
    tcp_probe_listener.socket_cookie(data, socketCookie);
    tcp_probe_listener.netns_cookie(data, 4_294_967_299L);
    tcp_probe_listener.cgroup_id(data, 4_294_968_001L);
    tcp_probe_listener.now_ns(data, 88_000_000_321L);
    tcp_probe_listener.half_open(data, 5);
    tcp_probe_listener.pid(data, 4711);
    byte[] command = "nginx".getBytes(StandardCharsets.US_ASCII);
    tcp_probe_listener.command(data).copyFrom(MemorySegment.ofArray(command));
  }

  public ListenerImage version(int version) {
    tcp_probe_listener.version(data, (short) version);
    return this;
  }

  public ListenerImage type(int type) {
    tcp_probe_listener.type(data, (byte) type);
    return this;
  }

  public ListenerImage port(int port) {
    tcp_probe_listener.port(data, (short) port);
    return this;
  }

  public ListenerImage queue(int backlog, int limit) {
    tcp_probe_listener.backlog(data, backlog);
    tcp_probe_listener.limit(data, limit);
    return this;
  }

  public ListenerImage drops(int drops, int reported) {
    tcp_probe_listener.drops(data, drops);
    tcp_probe_listener.reported_drops(data, reported);
    return this;
  }

  public MemorySegment data() {
    return data;
  }

  public ListenerRecord view() {
    return new ListenerRecord().copyFrom(data, 0);
  }
}
