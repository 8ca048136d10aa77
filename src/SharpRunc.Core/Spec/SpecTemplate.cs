using System.Text;

namespace SharpRunc.Core.Spec;

/// <summary>The config.json that <c>spec</c> writes as a starting point: a shell in a read-only rootfs with three capabilities.</summary>
internal static class SpecTemplate
{
    private const string CgroupOptions = """["nosuid", "noexec", "nodev", "relatime", "ro"]""";

    private const string SharedMemoryOptions = """["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]""";

    /// <param name="cgroupV2">The host has only cgroup v2, where a cgroup namespace hides the cgroups above.</param>
    public static byte[] Privileged(bool cgroupV2) => Text(
        sys: $$"""
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
                {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": {{CgroupOptions}}}
            """,
        terminalGroup: """, "gid=5" """.TrimEnd(),
        linux: """
            "resources": {
                  "devices": [{"allow": false, "access": "rwm"}]
                },
            """,
        namespaces: """{"type": "network"}, """,
        lastNamespace: cgroupV2 ? """, {"type": "cgroup"}""" : "");

    /// <summary>
    /// For an unprivileged user: one id is mapped, the network and therefore /sys stay the host's, and no limits are set.
    /// </summary>
    public static byte[] Rootless(uint uid, uint gid, bool cgroupV2) => Text(
        sys: $$"""
            {"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]},
                {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": {{CgroupOptions}}}
            """,
        terminalGroup: "",
        linux: $$"""
            "uidMappings": [{"containerID": 0, "hostID": {{uid}}, "size": 1}],
                "gidMappings": [{"containerID": 0, "hostID": {{gid}}, "size": 1}],
            """,
        namespaces: "",
        lastNamespace: cgroupV2 ? """, {"type": "user"}, {"type": "cgroup"}""" : """, {"type": "user"}""");

    private static byte[] Text(string sys, string terminalGroup, string linux, string namespaces, string lastNamespace)
    {
        string terminalOptions = $"""["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"{terminalGroup}]""";
        return Encoding.UTF8.GetBytes($$"""
        {
          "ociVersion": "{{SpecVersion.Current}}",
          "process": {
            "terminal": true,
            "user": {"uid": 0, "gid": 0},
            "args": ["sh"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {
              "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
              "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
              "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
            },
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": true
          },
          "root": {"path": "rootfs", "readonly": true},
          "hostname": "sharprunc",
          "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": {{terminalOptions}}},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": {{SharedMemoryOptions}}},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
            {{sys}}
          ],
          "linux": {
            {{linux}}
            "namespaces": [{"type": "pid"}, {{namespaces}}{"type": "ipc"}, {"type": "uts"}, {"type": "mount"}{{lastNamespace}}],
            "maskedPaths": [
              "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
              "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"
            ],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
          }
        }

        """);
    }
}
