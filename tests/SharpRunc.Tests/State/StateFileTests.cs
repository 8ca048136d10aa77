using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using ContainerState = SharpRunc.Core.State.ContainerState;

namespace SharpRunc.Tests.State;

internal sealed class StateFileTests
{
    private static ContainerState Read(string json) => StateFile.Read(Encoding.UTF8.GetBytes(json));

    [Test]
    public void Everything_written_is_read_again()
    {
        ContainerState state = new()
        {
            Id = "web",
            Phase = Phase.Created,
            RuntimePid = 11,
            RuntimeStartTime = 12,
            InitPid = 13,
            InitStartTime = ulong.MaxValue,
            Created = 1_790_000_000_123_456_789,
            Bundle = "/b \"quoted\" é",
            Rootfs = "/b/rootfs",
            OciVersion = "1.0.2",
            Annotations = [new("k", "v"), new("empty", "")],
            CgroupPaths = [new("memory", "/sys/fs/cgroup/memory/x"), new("", "/sys/fs/cgroup/unified/x")],
            CgroupNames = ["/x", "/above/x"],
            Poststart = [new Hook { Path = "/bin/true" }],
            Poststop = [new Hook { Path = "/bin/h", Args = ["h", ""], Env = [], Timeout = 3 }],
            PrivatePidNamespace = true,
        };
        ContainerState again = StateFile.Read(StateFile.Write(state).Span);
        foreach (System.Reflection.FieldInfo field in typeof(ContainerState).GetFields())
        {
            if (field.FieldType == typeof(Hook[]))
                continue;
            Assert.That(field.GetValue(again), Is.EqualTo(field.GetValue(state)), field.Name);
        }
        Assert.That(again.Poststart[0].Args, Is.Null);
        Assert.That(again.Poststart[0].Env, Is.Null);
        Assert.That(again.Poststart[0].Timeout, Is.Null);
        Assert.That(again.Poststop[0].Path, Is.EqualTo("/bin/h"));
        Assert.That(again.Poststop[0].Args, Is.EqualTo(new[] { "h", "" }));
        Assert.That(again.Poststop[0].Env, Is.Empty);
        Assert.That(again.Poststop[0].Timeout, Is.EqualTo(3));
    }

    [Test]
    public void Members_in_another_order_and_unknown_ones_are_no_error()
    {
        ContainerState state = Read("""{"sharprunc":1,"later":{"a":[1,{}]},"initPid":7,"id":"x"}""");
        Assert.That((state.Id, state.InitPid), Is.EqualTo(("x", 7)));
    }

    [TestCase("""{"id":"x","init_process_pid":1}""", "not a state of sharprunc")]
    [TestCase("""{}""", "not a state of sharprunc")]
    [TestCase("""[]""", "not a state of sharprunc")]
    [TestCase("""{"sharprunc":99}""", "state format 99 was written by a newer sharprunc")]
    [TestCase("""{"sharprunc":1,"id":""", "damaged")]
    [TestCase("""{"sharprunc":1,"initPid":"x"}""", "damaged")]
    [TestCase("""{"sharprunc":1,"initPid":99999999999}""", "damaged")]
    [TestCase("", "it is empty")]
    [TestCase("""{"sharprunc":1,"id":"x"}]""", "damaged")]
    [TestCase("""{"sharprunc":1,"poststop":{}}""", "damaged")]
    public void Another_format_is_refused(string json, string reason)
        => Assert.That(() => Read(json), Throws.TypeOf<StateFormatException>().With.Message.Contains(reason));
}
