using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class MountInfoTests
{
    [Test]
    public void A_line_tells_id_device_root_point_and_type_whatever_optional_fields_it_has()
    {
        const string text = """
            36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            22 27 0:21 / /proc rw,relatime - proc proc rw
            23 27 0:22 / /with\040space\134 rw shared:7 master:3 propagate_from:2 - tmpfs tmpfs rw

            """;
        Assert.That(MountInfo.Parse(text), Is.EqualTo(new MountInfo[]
        {
            new(36, "98:0", "/mnt1", "/mnt2", "ext3"), new(22, "0:21", "/", "/proc", "proc"),
            new(23, "0:22", "/", "/with space\\", "tmpfs"),
        }));
    }

    [Test]
    public void This_process_has_a_root_and_a_proc()
        => Assert.That(MountInfo.Read(), Has.Some.Matches<MountInfo>(m => m is { Point: "/proc", Type: "proc" }));
}
