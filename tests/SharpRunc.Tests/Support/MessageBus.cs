using System;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>A message bus of one's own: the real dbus-daemon, with a socket in a temporary directory.</summary>
internal sealed class MessageBus : IDisposable
{
    private const string Daemon = "/usr/bin/dbus-daemon";

    private readonly TemporaryDirectory directory = new();
    private readonly Child daemon;

    public MessageBus()
    {
        if (!File.Exists(Daemon))
            Assert.Ignore("dbus-daemon is not installed");
        File.WriteAllText(directory["config"], $"""
            <busconfig>
              <type>session</type>
              <listen>{Address}</listen>
              <auth>EXTERNAL</auth>
              <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
            </busconfig>
            """);
        daemon = Child.Start([Daemon, "--nofork", "--nopidfile", "--print-address", "--config-file=" + directory["config"]],
            directory["output"], directory["errors"]);
        // Printed when it listens; its socket exists a moment before.
        Eventually.Holds(() => PrintedAddress.Length > 0, "dbus-daemon has not printed its address");
    }

    public string Address => "unix:path=" + directory["bus"];

    /// <summary>As it prints it itself, with its guid.</summary>
    public string PrintedAddress => File.ReadAllText(directory["output"]).Trim();

    /// <summary>A test may end it before.</summary>
    public void Dispose()
    {
        if (daemon.ExitCode is not null)
            return;
        daemon.Kill(9);
        daemon.Wait();
        directory.Dispose();
    }
}
