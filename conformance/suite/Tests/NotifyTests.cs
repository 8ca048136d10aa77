using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class NotifyTests
{
    private const string Since = "1.1.0";

    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxSeccomp",
            Must("seccomp.listener-socket", "listenerPath is a stream socket of the UNIX domain, and something is sent to it.",
                box => Listen(box), Since),
            Must("seccomp.listener-once", "One container process state is sent a connection.", box => Parse(Listen(box).Text), Since),
            MustNot("seccomp.listener-reuse", "The connection is not used again …", box => Parse(Listen(box).Text), Since),
            Must("seccomp.listener-closed", "… and closed behind it.", box => Expect.That(Listen(box).Closed, "the connection stays open"),
                Since),
            Must("seccomp.listener-error", "A state that cannot be sent is an error.", box =>
                box.Refuses(b => Notify(b, Path.Combine(box.Work, "nobody")), atStart: true), Since),
            Required("seccomp.seccompFd", "The filter's descriptor is sent, by the name seccompFd.", box =>
            {
                Heard heard = Listen(box);
                JsonArray names = Parse(heard.Text)["fds"] as JsonArray ?? throw new Failed("the state has no fds");
                Expect.Equal("seccompFd", (string?)names[0], "fds[0]");
                Expect.Equal(names.Count, heard.Messages[0].Descriptors.Length, "descriptors with the first message");
            }, Since)),
        new("config-linux.md#containerprocessstate",
            Must("notify.json", "The state is sent as JSON, descriptors beside it by SCM_RIGHTS.", box =>
            {
                Heard heard = Listen(box);
                Parse(heard.Text);
                Expect.That(heard.Messages[0].Descriptors.Length > 0, "no descriptor comes with it");
            }, Since),
            Must("notify.first", "Descriptors go with the first message only.", box =>
            {
                foreach (Message message in Listen(box).Messages[1..])
                    Expect.Equal(0, message.Descriptors.Length, "descriptors with a later message");
            }, Since),
            Required("notify.ociVersion", "The state has ociVersion.",
                box => Expect.That(Parse(Listen(box).Text)["ociVersion"] is JsonValue, "it has none"), Since),
            Required("notify.pid", "The state has pid, as the runtime sees it.", box =>
            {
                Heard heard = Listen(box);
                Expect.Equal(heard.Container.Pid, (int?)Parse(heard.Text)["pid"] ?? 0, "pid");
            }, Since),
            Required("notify.state", "The state has the container's state.", box =>
            {
                Heard heard = Listen(box);
                Expect.Equal(heard.Container.Id, (string?)Parse(heard.Text)["state"]?["id"], "id of its state");
            }, Since),
            Must("notify.metadata", "The state has the metadata of the configuration.", box =>
                Expect.Equal("some metadata", (string?)Parse(Listen(box).Text)["metadata"], "metadata"), Since)),
    ];

    private sealed record Heard(Container Container, List<Message> Messages, bool Closed)
    {
        public string Text
        {
            get
            {
                using MemoryStream all = new();
                foreach (Message message in Messages)
                    all.Write(message.Bytes);
                return System.Text.Encoding.UTF8.GetString(all.ToArray());
            }
        }
    }

    private static JsonObject Parse(string text)
    {
        try
        {
            return (JsonObject)JsonNode.Parse(text)!;
        }
        catch (JsonException e)
        {
            throw new Failed($"it is not one JSON value: {e.Message}");
        }
    }

    /// <summary>A call that the program does not make is to be notified of.</summary>
    private static void Notify(Bundle bundle, string path) => bundle.Linux["seccomp"] = new JsonObject
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["listenerPath"] = path,
        ["listenerMetadata"] = "some metadata",
        ["syscalls"] = new JsonArray(new JsonObject { ["names"] = new JsonArray("acct"), ["action"] = "SCMP_ACT_NOTIFY" }),
    };

    private static Heard Listen(Box box)
    {
        using UnixSocket socket = new(Path.Combine(box.Work, "agent"));
        List<Message>? messages = null;
        bool closed = false;
        Thread thread = new(() => messages = socket.Accept(untilClosed: true, out closed)) { IsBackground = true };
        thread.Start();
        Container container = box.TryCreate(box.NewBundle(b => Notify(b, socket.Path), "sleep 300"));
        if (!container.Created.Succeeded)
            throw new Failed($"create fails: {container.Created.Said}");
        container.Start();
        thread.Join();
        return messages is { Count: > 0 } ? new Heard(container, messages, closed) : throw new Failed("nothing is sent to the socket");
    }
}
