using System;
using System.IO;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>A directory with a config.json that the test edits, and a root file system of one program.</summary>
internal sealed class Bundle
{
    private readonly string inside;

    public Bundle(string path, string inside, string cgroupsPath, string[] verbs)
    {
        (Path, this.inside) = (path, inside);
        foreach (string directory in new[] { "dev", "proc", "sys", "tmp", "log", "mnt", "etc" })
            Directory.CreateDirectory(System.IO.Path.Combine(Rootfs, directory));
        // Whoever the container's user is on the host.
        File.SetUnixFileMode(System.IO.Path.Combine(Rootfs, "log"), (UnixFileMode)0x1FF);
        Processes.Link(inside, System.IO.Path.Combine(Rootfs, "inside"));
        Config = (JsonObject)JsonNode.Parse(Default)!;
        Linux["cgroupsPath"] = cgroupsPath;
        Process["args"] = Strings(["/inside", .. verbs]);
    }

    public string Path { get; }

    public string Rootfs => System.IO.Path.Combine(Path, "rootfs");

    public string ConfigFile => System.IO.Path.Combine(Path, "config.json");

    /// <summary>Where hooks and programs write lines: the same file from outside and inside.</summary>
    public string Log => System.IO.Path.Combine(Rootfs, "log", "lines");

    public JsonObject Config { get; }

    public JsonObject Process => (JsonObject)Config["process"]!;

    public JsonObject Linux => (JsonObject)Config["linux"]!;

    public JsonArray Mounts => (JsonArray)Config["mounts"]!;

    public JsonObject Resources => (JsonObject)(Linux["resources"] ??= new JsonObject());

    public string CgroupsPath => (string)Linux["cgroupsPath"]!;

    /// <summary>Adds one, in place of another of its type; a null path makes a new one.</summary>
    public Bundle InNamespace(string type, string? path = null)
    {
        WithoutNamespace(type);
        JsonObject entry = new() { ["type"] = type };
        if (path is not null)
            entry["path"] = path;
        ((JsonArray)Linux["namespaces"]!).Add((JsonNode)entry);
        return this;
    }

    public Bundle WithoutNamespace(string type)
    {
        JsonArray list = (JsonArray)Linux["namespaces"]!;
        for (int i = list.Count - 1; i >= 0; i--)
            if ((string?)list[i]!["type"] == type)
                list.RemoveAt(i);
        return this;
    }

    /// <summary>A new user namespace whose ids are the host's from 100000 on; sysfs, which needs the network's owner, goes.</summary>
    public Bundle MapUsers()
    {
        InNamespace("user");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            Linux[name] = Mapping(0, 100000, 65536);
        for (int i = Mounts.Count - 1; i >= 0; i--)
            if ((string?)Mounts[i]!["destination"] == "/sys")
                Mounts.RemoveAt(i);
        return this;
    }

    public Bundle Mount(string destination, string type, string source, params string[] options)
    {
        Mounts.Add((JsonNode)new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = Strings(options)
        });
        return this;
    }

    /// <summary>A hook of ours that writes what it sees to <see cref="Log"/>.</summary>
    /// <param name="behaviour">exit N, sleep N</param>
    public JsonObject Hook(string kind, string name, params string[] behaviour)
    {
        bool isInside = kind == "startContainer";
        JsonObject hook = new()
        {
            ["path"] = isInside ? "/inside" : inside,
            ["args"] = Strings(["inside", "hook", name, isInside ? "/log/lines" : Log, .. behaviour]),
        };
        JsonObject hooks = (JsonObject)(Config["hooks"] ??= new JsonObject());
        ((JsonArray)(hooks[kind] ??= new JsonArray())).Add((JsonNode)hook);
        return hook;
    }

    public void Write() => File.WriteAllText(ConfigFile, Config.ToJsonString());

    public static JsonArray Mapping(int containerId, int hostId, int size) =>
        new(new JsonObject { ["containerID"] = containerId, ["hostID"] = hostId, ["size"] = size });

    public static JsonArray Strings(params string[] strings) => new(Array.ConvertAll<string, JsonNode>(strings, s => s));

    private const string Default = """
        {
          "ociVersion": "1.0.0",
          "process": {
            "user": { "uid": 0, "gid": 0 }, "cwd": "/", "env": ["PATH=/"], "args": [],
            "capabilities": {
              "bounding": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_MKNOD", "CAP_SETGID", "CAP_SETUID", "CAP_KILL"],
              "effective": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_MKNOD", "CAP_SETGID", "CAP_SETUID", "CAP_KILL"],
              "permitted": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_MKNOD", "CAP_SETGID", "CAP_SETUID", "CAP_KILL"]
            }
          },
          "root": { "path": "rootfs" },
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"] },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"] },
            { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
            { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] }
          ],
          "linux": {
            "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }]
          }
        }
        """;
}
