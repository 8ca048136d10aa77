using System;
using System.Runtime.InteropServices;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>rtnetlink messages: lengths are what they say, or an error (CVE-2021-43784).</summary>
internal sealed class NetlinkTests
{
    [TestCase(65532)]
    [TestCase(65536 + 8)]
    public void An_attribute_that_its_length_field_cannot_say_is_refused(int size)
    {
        SysException e = Assert.Throws<SysException>(() => NetlinkRequest.Of(new byte[1 << 20], RTM_NEWLINK, 0, new ifinfomsg())
            .Add(IFLA_IFNAME, new byte[size]))!;
        Assert.That(e.Errno, Is.EqualTo(EMSGSIZE));
    }

    [TestCase(476, true)]
    [TestCase(477, false)]
    public void One_that_the_message_has_no_room_for_is_refused(int size, bool fits)
    {
        void Add() => NetlinkRequest.Of(new byte[512], RTM_NEWLINK, 0, new ifinfomsg()).Add(IFLA_IFNAME, new byte[size]);
        if (fits)
            Assert.That(Add, Throws.Nothing);
        else
            Assert.Throws<SysException>(Add);
    }

    [Test]
    public void A_request_is_its_header_its_body_and_its_attributes_each_padded_to_four_bytes()
    {
        NetlinkRequest request = NetlinkRequest.Of(new byte[512], RTM_NEWLINK, NLM_F_ACK, new ifinfomsg { ifi_index = 7 });
        request.Add(IFLA_IFNAME, "eth0");
        request.Add(IFLA_NET_NS_FD, 5);
        ReadOnlySpan<byte> bytes = request.Finish(3);
        nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(bytes);
        Assert.That((header.nlmsg_len, header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq),
            Is.EqualTo(((uint)bytes.Length, RTM_NEWLINK, (ushort)(NLM_F_REQUEST | NLM_F_ACK), 3u)));
        NetlinkAttributes attributes = new(bytes[32..]);
        Assert.That(attributes.Next(), Is.True);
        Assert.That((attributes.Type, attributes.Text, attributes.Value.Length), Is.EqualTo((IFLA_IFNAME, "eth0", 5)));
        Assert.That(attributes.Next(), Is.True);
        Assert.That((attributes.Type, BitConverter.ToInt32(attributes.Value)), Is.EqualTo((IFLA_NET_NS_FD, 5)));
        Assert.That(attributes.Next(), Is.False);
    }

    [Test]
    public void An_answer_whose_lengths_lead_out_of_it_is_an_error_and_never_a_crash()
    {
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            for (int at = 1; at < bytes.Length; at += 4)
                bytes[at] = 0; // lengths that are often short enough
            NetlinkAttributes attributes = new(bytes);
            try
            {
                while (attributes.Next())
                    Assert.That(attributes.Value.Length + 4, Is.LessThanOrEqualTo(bytes.Length));
            }
            catch (SysException e)
            {
                Assert.That(e.Errno, Is.EqualTo(EBADMSG));
            }
        }
    }

    [Test]
    public void The_loopback_device_has_its_address_in_every_namespace()
    {
        using Netlink netlink = new();
        NetworkDevice loopback = netlink.Find("lo")!;
        Assert.Multiple(() =>
        {
            Assert.That(loopback.Index, Is.EqualTo(1));
            Assert.That(netlink.Find(1), Is.EqualTo(loopback));
            Assert.That(netlink.Find("nosuch0"), Is.Null);
            Assert.That(netlink.Find(int.MaxValue), Is.Null);
            if (loopback.IsUp)
                Assert.That(netlink.Addresses(loopback),
                    Has.Some.Matches<NetworkAddress>(a => a.ToString() == "127.0.0.1/8" && a.IsPermanent));
        });
    }
}
