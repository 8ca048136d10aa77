using System;
using System.IO;
using System.Text.Json.Nodes;

namespace SharpRunc.Tests.Support;

/// <summary>A bundle of its own in a temporary directory: a busybox rootfs and a config.json that the test edits.</summary>
internal sealed class Bundle : IDisposable
{
    private const string Busybox = "/usr/bin/busybox";

    private static readonly string[] Applets =
    [
        "sh", "true", "false", "echo", "cat", "ls", "sleep", "id", "mount", "umount", "hostname", "mkdir", "touch", "ps", "stat", "grep",
            "head", "tail", "kill", "test", "env",
        "printf", "rm", "sed", "dd", "wc", "readlink", "tty", "ip", "chmod", "chown", "ln", "df", "seq", "mknod", "pwd", "sysctl", "awk",
            "cut", "tr", "sort", "cp", "mv", "rmdir",
        "date", "uname", "whoami", "nc", "od", "xargs", "yes", "top", "find", "sync", "ping", "expr", "tee", "uptime", "which", "cmp",
            "md5sum", "stty", "mkfifo",
    ];

    private Bundle(string directory, JsonObject config) => (Path, Config) = (directory, config);

    /// <summary>The bundle's directory.</summary>
    public string Path { get; }

    public string Rootfs => System.IO.Path.Combine(Path, "rootfs");

    /// <summary>Files for bind mounts: <c>@SRC@</c> of the captured configs.</summary>
    public string Sources => System.IO.Path.Combine(Path, "sources");

    /// <summary>Edit, then <see cref="Write()"/>.</summary>
    public JsonObject Config { get; }

    /// <summary>The program becomes this shell script.</summary>
    public Bundle Says(string script)
    {
        Process["args"] = new JsonArray("sh", "-c", script);
        return this;
    }

    /// <summary>Exactly these namespaces; a null path makes a new one.</summary>
    public Bundle InNamespaces(params (string Type, string? Path)[] namespaces)
    {
        JsonArray list = [];
        foreach ((string type, string? path) in namespaces)
        {
            JsonObject entry = new() { ["type"] = type };
            if (path is not null)
                entry["path"] = path;
            list.Add((JsonNode)entry);
        }
        Linux["namespaces"] = list;
        return this;
    }

    /// <summary>Adds one, in place of another of its type.</summary>
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
            if ((string)list[i]!["type"]! == type)
                list.RemoveAt(i);
        return this;
    }

    /// <summary>A new user namespace whose ids 0… are the host's 100000….</summary>
    public Bundle MapsUsers()
    {
        InNamespace("user");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 100000, ["size"] = 65536 });
        return this;
    }

    /// <summary>Mounting sysfs needs the network namespace's owner.</summary>
    public Bundle WithoutSysfs()
    {
        for (int i = Mounts.Count - 1; i >= 0; i--)
            if ((string)Mounts[i]!["destination"]! == "/sys")
                Mounts.RemoveAt(i);
        return this;
    }

    public Bundle Mounting(string destination, string type, string source, params string[] options)
    {
        Mounts.Add((JsonNode)new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = new JsonArray([.. Array.ConvertAll<string, JsonNode>(options, o => o)]),
        });
        return this;
    }

    public static bool CanBeMade => File.Exists(Busybox);

    /// <summary>What an engine asks by default, with a shell command; no seccomp.</summary>
    public static Bundle Create(params string[] args)
    {
        JsonObject config = (JsonObject)JsonNode.Parse(Default)!;
        config["process"]!["args"] = new JsonArray([.. Array.ConvertAll<string, JsonNode>(args, a => a)]);
        return Make(config);
    }

    /// <summary>A config.json as an engine wrote it; <c>@SRC@</c>, <c>@WORK@</c> and <c>@HOME@</c> are filled in.</summary>
    public static Bundle FromFile(string configFile, params (string Placeholder, string Value)[] values)
    {
        Bundle bundle = Make([]);
        string text = File.ReadAllText(configFile);
        foreach ((string placeholder, string value) in values)
            text = text.Replace(placeholder, value, StringComparison.Ordinal);
        text = text.Replace("@SRC@", bundle.Sources, StringComparison.Ordinal).Replace("@WORK@", bundle.Path, StringComparison.Ordinal)
            .Replace("@HOME@", bundle.Path, StringComparison.Ordinal);
        foreach ((string key, JsonNode? value) in (JsonObject)JsonNode.Parse(text)!)
            bundle.Config[key] = value?.DeepClone();
        return bundle;
    }

    /// <summary>Writes config.json as it now is.</summary>
    public Bundle Write()
    {
        File.WriteAllText(ConfigFile, Config.ToJsonString());
        return this;
    }

    /// <summary>Writes something else as config.json.</summary>
    public void Write(string text) => File.WriteAllText(ConfigFile, text);

    public string ConfigFile => System.IO.Path.Combine(Path, "config.json");

    public JsonObject Process => (JsonObject)Config["process"]!;

    public JsonObject Linux => (JsonObject)Config["linux"]!;

    public JsonArray Mounts => (JsonArray)Config["mounts"]!;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static Bundle Make(JsonObject config)
    {
        string path = Directory.CreateTempSubdirectory("sharprunc-").FullName;
        // Containers with a mapped root walk through it.
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        Bundle bundle = new(path, config);
        foreach (string directory in new[] { "bin", "dev", "etc", "proc", "root", "sys", "tmp", "run", "var", "usr", "home", "mnt" })
            Directory.CreateDirectory(System.IO.Path.Combine(bundle.Rootfs, directory));
        string bin = System.IO.Path.Combine(bundle.Rootfs, "bin");
        File.Copy(Busybox, System.IO.Path.Combine(bin, "busybox"));
        foreach (string applet in Applets)
            File.CreateSymbolicLink(System.IO.Path.Combine(bin, applet), "busybox");
        File.WriteAllText(System.IO.Path.Combine(bundle.Rootfs, "etc/passwd"),
            "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n");
        File.WriteAllText(System.IO.Path.Combine(bundle.Rootfs, "etc/group"), "root:x:0:\nuser:x:1000:\n");
        Directory.CreateDirectory(bundle.Sources);
        foreach (string file in new[] { "resolv.conf", "hostname", "hosts" })
            File.WriteAllText(System.IO.Path.Combine(bundle.Sources, file), $"# {file}\n");
        return bundle;
    }

    private const string Default = """
        {
          "ociVersion": "1.0.2",
          "process": {
            "user": { "uid": 0, "gid": 0 },
            "args": [],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "cwd": "/",
            "capabilities": {
              "bounding": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"],
              "effective": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"],
              "permitted": ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"]
            },
            "noNewPrivileges": true
          },
          "root": { "path": "rootfs" },
          "hostname": "bundle",
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"] },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
            { "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
            { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"] },
            { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] }
          ],
          "linux": {
            "resources": { "devices": [{ "allow": false, "access": "rwm" }] },
            "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }],
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
          }
        }
        """;
}
