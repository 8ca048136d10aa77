using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.DBus;

namespace SharpRunc.Tests.Support;

/// <summary>
/// What speaks behind /run/systemd/private, and does with cgroups what a service manager does: for machines without one, and for answers
/// that a real one seldom gives. The real one is asked in conformance/vm.
/// </summary>
internal sealed class FakeSystemd : IDisposable
{
    private const string Manager = "org.freedesktop.systemd1.Manager", Path = "/org/freedesktop/systemd1";

    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Thread thread;
    private readonly string socket;
    private readonly string controlGroup;
    private readonly List<Exception> failures = [];
    private volatile bool isEnding;
    private int jobs;

    /// <param name="controlGroup">What all units lie in.</param>
    public FakeSystemd(string socket, string controlGroup)
    {
        this.socket = socket;
        this.controlGroup = controlGroup;
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        listener.Listen(8);
        thread = new(Serve);
        thread.Start();
    }

    /// <summary>Member and first argument of each call but Get, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The properties of the last StartTransientUnit or SetUnitProperties.</summary>
    public string Properties { get; private set; } = "";

    /// <summary>By member, errors for the next calls: name and text.</summary>
    public Dictionary<string, Queue<(string Name, string Text)>> Refusals { get; } = [];

    /// <summary>Of the next jobs; done when there are no more.</summary>
    public Queue<string> Results { get; } = [];

    /// <summary>Hangs up where an answer to this member is due.</summary>
    public string? HangsUpAt { get; set; }

    /// <summary>How long a job takes.</summary>
    public System.TimeSpan JobTime { get; set; }

    /// <summary>Puts processes into another cgroup than the unit's.</summary>
    public bool Misplaces { get; set; }

    /// <summary>Where it makes cgroups.</summary>
    public string Hierarchy { get; set; } = "/sys/fs/cgroup/systemd";

    /// <summary>The command with this systemd as the machine's, in a mount namespace of its own.</summary>
    public string[] Command(params string[] command)
        => ["/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c",
            """mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && touch /run/systemd/private && mount --bind "$0" /run/systemd/private && exec "$@" """, socket, .. command];

    public void Dispose()
    {
        isEnding = true;
        using (Socket last = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            last.Connect(new UnixDomainSocketEndPoint(socket)); // wakes who waits for the next
        thread.Join(10_000);
        listener.Dispose();
        File.Delete(socket);
        if (failures.Count > 0)
            throw new AggregateException(failures);
    }

    private void Serve()
    {
        while (true)
            try
            {
                using Socket connection = listener.Accept();
                if (isEnding)
                    return;
                Talk(new FakePeer(connection));
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
    }

    private void Talk(FakePeer peer)
    {
        peer.Greet();
        while (peer.TryHear() is { } call)
        {
            string first = call.Body is [var value, ..] && value.Signature == "s" ? value.AsString() : "";
            if (call.Member != "Get")
                Calls.Add($"{call.Member} {first}");
            if (call.Member == HangsUpAt)
                return;
            if (Refusals.TryGetValue(call.Member!, out Queue<(string Name, string Text)>? refusals)
                && refusals.TryDequeue(out (string Name, string Text) refusal))
            {
                peer.Say(BigEndian.Error(call.Serial, refusal.Name, refusal.Text));
                continue;
            }
            switch (call.Member)
            {
                case "Get":
                    string property = call.Body[1].AsString();
                    peer.Say(BigEndian.Reply(call.Serial,
                        DBusValue.Variant(DBusValue.String(property == "Version" ? "252.1-fake" : controlGroup))));
                    break;
                case "StartTransientUnit":
                    Properties = call.Body[2].ToString();
                    Place(first, call.Body[2]);
                    Job(peer, call, first);
                    break;
                case "StopUnit":
                    Job(peer, call, first);
                    break;
                case "SetUnitProperties":
                    Properties = call.Body[2].ToString();
                    peer.Say(BigEndian.Reply(call.Serial));
                    break;
                default:
                    peer.Say(BigEndian.Reply(call.Serial));
                    break;
            }
        }
    }

    private void Job(FakePeer peer, DBusMessage call, string unit)
    {
        DBusValue job = DBusValue.ObjectPath($"{Path}/job/{++jobs}");
        peer.Say(BigEndian.Reply(call.Serial, job));
        Thread.Sleep(JobTime);
        peer.Say(BigEndian.Signal(Path, Manager, "JobRemoved", DBusValue.UInt32((uint)jobs), job, DBusValue.String(unit),
            DBusValue.String(Results.TryDequeue(out string? result) ? result : "done")));
    }

    private void Place(string unit, DBusValue properties)
    {
        foreach (DBusValue property in properties.Items)
            if (property.Items[0].AsString() == "PIDs")
            {
                string cgroup = $"{Hierarchy}{controlGroup}/{(Misplaces ? "elsewhere" : unit)}";
                Directory.CreateDirectory(cgroup);
                File.WriteAllText(cgroup + "/cgroup.procs", property.Items[1].Items[0].Items[0].AsUInt32()
                    .ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
    }
}
