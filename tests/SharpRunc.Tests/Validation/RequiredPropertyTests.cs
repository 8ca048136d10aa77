using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;
using JsonObject = System.Text.Json.Nodes.JsonObject;

namespace SharpRunc.Tests.Validation;

/// <summary>
/// What the specification marks REQUIRED: a config that is good is refused without it, and the error says where and what is missing.
/// </summary>
internal sealed class RequiredPropertyTests
{
    /// <summary>Every object that has required properties, and nothing else in it.</summary>
    internal const string Full = """
        {
          "ociVersion": "1.3.0",
          "root": { "path": "rootfs" },
          "mounts": [{ "destination": "/x" }],
          "hooks": {
            "prestart": [{ "path": "/x" }], "createRuntime": [{ "path": "/x" }], "createContainer": [{ "path": "/x" }],
            "startContainer": [{ "path": "/x" }], "poststart": [{ "path": "/x" }], "poststop": [{ "path": "/x" }]
          },
          "process": {
            "cwd": "/", "args": ["true"],
            "user": { "uid": 0, "gid": 0 },
            "consoleSize": { "height": 25, "width": 80 },
            "rlimits": [{ "type": "RLIMIT_CORE", "soft": 0, "hard": 0 }],
            "scheduler": { "policy": "SCHED_OTHER" },
            "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 4 }
          },
          "linux": {
            "namespaces": [{ "type": "mount" }, { "type": "user" }],
            "uidMappings": [{ "containerID": 0, "hostID": 1, "size": 1 }],
            "gidMappings": [{ "containerID": 0, "hostID": 1, "size": 1 }],
            "devices": [{ "type": "c", "path": "/dev/x", "major": 1, "minor": 3 }],
            "personality": { "domain": "LINUX" },
            "memoryPolicy": { "mode": "MPOL_DEFAULT" },
            "resources": {
              "devices": [{ "allow": false, "access": "rwm" }],
              "hugepageLimits": [{ "pageSize": "2MB", "limit": 0 }],
              "network": { "priorities": [{ "name": "eth0", "priority": 1 }] },
              "blockIO": {
                "weightDevice": [{ "major": 8, "minor": 0, "weight": 10 }],
                "throttleReadBpsDevice": [{ "major": 8, "minor": 0, "rate": 1 }], "throttleWriteBpsDevice": [{ "major": 8, "minor": 0, "rate": 1 }],
                "throttleReadIOPSDevice": [{ "major": 8, "minor": 0, "rate": 1 }], "throttleWriteIOPSDevice": [{ "major": 8, "minor": 0, "rate": 1 }]
              }
            },
            "seccomp": {
              "defaultAction": "SCMP_ACT_ALLOW",
              "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_EQ" }] }]
            }
          }
        }
        """;

    [Test]
    public void With_all_of_them_a_config_is_good() => Assert.That(() => Check(JsonNode.Parse(Full)!), Throws.Nothing);

    [Must("version.required"), TestCase("/ociVersion")]
    [Must("root.required"), TestCase("/root")]
    [Must("root.path"), TestCase("/root/path")]
    [Must("mounts.destination"), TestCase("/mounts/0/destination")]
    [Must("process.consoleSize.height"), TestCase("/process/consoleSize/height")]
    [Must("process.consoleSize.width"), TestCase("/process/consoleSize/width")]
    [Must("process.cwd"), TestCase("/process/cwd")]
    [Must("process.args"), TestCase("/process/args")]
    [Must("rlimits.type"), TestCase("/process/rlimits/0/type")]
    [Must("rlimits.soft"), TestCase("/process/rlimits/0/soft")]
    [Must("rlimits.hard"), TestCase("/process/rlimits/0/hard")]
    [Must("scheduler.policy"), TestCase("/process/scheduler/policy")]
    [Must("ioPriority.class"), TestCase("/process/ioPriority/class")]
    [Must("hooks.path"), TestCase("/hooks/prestart/0/path"), TestCase("/hooks/createRuntime/0/path"),
        TestCase("/hooks/createContainer/0/path")]
    [TestCase("/hooks/startContainer/0/path"), TestCase("/hooks/poststart/0/path"), TestCase("/hooks/poststop/0/path")]
    [Must("namespaces.type"), TestCase("/linux/namespaces/0/type")]
    [Must("mappings.containerID"), TestCase("/linux/uidMappings/0/containerID"), TestCase("/linux/gidMappings/0/containerID")]
    [Must("mappings.hostID"), TestCase("/linux/uidMappings/0/hostID"), TestCase("/linux/gidMappings/0/hostID")]
    [Must("mappings.size"), TestCase("/linux/uidMappings/0/size"), TestCase("/linux/gidMappings/0/size")]
    [Must("devices.type"), TestCase("/linux/devices/0/type")]
    [Must("devices.path"), TestCase("/linux/devices/0/path")]
    [Must("devices.number"), TestCase("/linux/devices/0/major"), TestCase("/linux/devices/0/minor")]
    [Must("device-rules.allow"), TestCase("/linux/resources/devices/0/allow")]
    [Must("blockIO.weight-device"), TestCase("/linux/resources/blockIO/weightDevice/0/major"),
        TestCase("/linux/resources/blockIO/weightDevice/0/minor")]
    [Must("blockIO.throttle-device"), TestCase("/linux/resources/blockIO/throttleReadBpsDevice/0/major")]
    [TestCase("/linux/resources/blockIO/throttleWriteBpsDevice/0/minor"),
        TestCase("/linux/resources/blockIO/throttleReadIOPSDevice/0/major")]
    [TestCase("/linux/resources/blockIO/throttleWriteIOPSDevice/0/minor")]
    [Must("blockIO.throttle-rate"), TestCase("/linux/resources/blockIO/throttleReadBpsDevice/0/rate")]
    [TestCase("/linux/resources/blockIO/throttleWriteBpsDevice/0/rate"), TestCase("/linux/resources/blockIO/throttleReadIOPSDevice/0/rate")]
    [TestCase("/linux/resources/blockIO/throttleWriteIOPSDevice/0/rate")]
    [Must("hugepages.pageSize"), TestCase("/linux/resources/hugepageLimits/0/pageSize")]
    [Must("hugepages.limit"), TestCase("/linux/resources/hugepageLimits/0/limit")]
    [Must("network.name"), TestCase("/linux/resources/network/priorities/0/name")]
    [Must("network.priority"), TestCase("/linux/resources/network/priorities/0/priority")]
    [Must("memoryPolicy.mode"), TestCase("/linux/memoryPolicy/mode")]
    [Must("seccomp.defaultAction"), TestCase("/linux/seccomp/defaultAction")]
    [Must("seccomp.names"), TestCase("/linux/seccomp/syscalls/0/names")]
    [Must("seccomp.action"), TestCase("/linux/seccomp/syscalls/0/action")]
    [Must("seccomp.index"), TestCase("/linux/seccomp/syscalls/0/args/0/index")]
    [Must("seccomp.value"), TestCase("/linux/seccomp/syscalls/0/args/0/value")]
    [Must("seccomp.op"), TestCase("/linux/seccomp/syscalls/0/args/0/op")]
    [Must("personality.domain"), TestCase("/linux/personality/domain")]
    public void Without_it_a_config_is_refused(string pointer)
    {
        JsonNode config = JsonNode.Parse(Full)!;
        int last = pointer.LastIndexOf('/');
        JsonNode at = config;
        foreach (string part in pointer[1..].Split('/')[..^1])
            at = at is JsonArray array ? array[int.Parse(part)]! : at[part]!;
        Assert.That(((JsonObject)at).Remove(pointer[(last + 1)..]), Is.True);
        ContainerException e = Assert.Throws<ContainerException>(() => Check(config))!;
        Assert.That(e.Pointer, Is.EqualTo(pointer).Or.EqualTo(pointer[..last]));
        Assert.That(e.Message, Does.Contain(pointer[(last + 1)..]).IgnoreCase);
    }

    [Must("devices.number"), Test]
    public void Only_a_fifo_needs_no_number()
    {
        JsonNode config = JsonNode.Parse(Full)!;
        config["linux"]!["devices"]![0] = new JsonObject { ["type"] = "p", ["path"] = "/dev/x" };
        Assert.That(() => Check(config), Throws.Nothing);
    }

    [Must("user.uid"), TestCase("/process/user/uid")]
    [Must("user.gid"), TestCase("/process/user/gid")]
    [Must("ioPriority.priority"), TestCase("/process/ioPriority/priority")]
    public void Without_it_0_is_taken_as_the_schema_and_every_other_runtime_have_it(string pointer)
    {
        JsonNode config = JsonNode.Parse(Full)!;
        int last = pointer.LastIndexOf('/');
        ((JsonObject)FullConfig.Find(config, pointer[..last])!).Remove(pointer[(last + 1)..]);
        ReaderNotes notes = new();
        Config read = ConfigReader.Read(Encoding.UTF8.GetBytes(config.ToJsonString()), notes);
        Assert.That(() => ConfigRules.Check(read, new ValidationContext()), Throws.Nothing);
        Assert.That((read.Process!.User.Uid, read.Process.User.Gid, read.Process.IoPriority!.Value.Priority % 4), Is.EqualTo((0u, 0u, 0)));
        Assert.That(notes.Warnings, pointer.Contains("user") ? Has.Count.EqualTo(1).And.Some.Contains("/process/user: ") : Is.Empty);
    }

    private static void Check(JsonNode config)
        => ConfigRules.Check(ConfigReader.Read(Encoding.UTF8.GetBytes(config.ToJsonString())), new ValidationContext());
}
