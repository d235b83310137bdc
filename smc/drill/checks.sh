#!/bin/sh
# What a migration drill asks a Linux source server. It reads and prints; it writes nothing.
# One key=value a line, `unknown` where this system does not tell. Read by smc/drill/evaluation.py.
# Argument: host:port of the service, instead of SMC's own.
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
service=${1:-smc-service.aliyuncs.com:443}

say() { printf '%s=%s\n' "$1" "${2:-unknown}"; }
has() { command -v "$1" >/dev/null 2>&1; }
# A device that does not answer, or a connection, must not hold the drill.
limited() { if has timeout; then timeout 10 "$@"; else "$@"; fi; }

cpu_times() {
  busy=0 all=0
  read -r name user nice system idle iowait irq softirq steal rest 2>/dev/null </proc/stat || return 1
  busy=$((user + nice + system + ${irq:-0} + ${softirq:-0} + ${steal:-0}))
  all=$((busy + idle + ${iowait:-0}))
}

cpu() {
  cpu_times && busy_before=$busy all_before=$all && sleep 2 && cpu_times || return
  [ "$all" -gt "$all_before" ] && echo $(((busy - busy_before) * 100 / (all - all_before)))
}

memory() {
  total='' available='' free=0 buffers=0 cached=0 swap=0
  [ -r /proc/meminfo ] || return
  while read -r key value rest; do
    case $key in
      MemTotal:) total=$value ;;
      MemAvailable:) available=$value ;;
      MemFree:) free=$value ;;
      Buffers:) buffers=$value ;;
      Cached:) cached=$value ;;
      SwapTotal:) swap=$value ;;
    esac
  done </proc/meminfo
  [ -n "$total" ] || return
  # Kernels before 3.14 do not estimate what is available.
  available=${available:-$((free + buffers + cached))}
  memory_percent=$(((total - available) * 100 / total))
}

# Field $1 of the last line of `df` with the arguments that follow.
df_field() {
  field=$1
  shift
  line=$(limited df "$@" 2>/dev/null) || return
  line=${line##*
}
  set -- $line
  shift $((field - 1)) 2>/dev/null && echo "${1%\%}"
}

# type|space %|inodes %|mount point, of what is on a device: a network share may not answer.
filesystems() {
  [ -r /proc/mounts ] || return
  seen=' '
  while read -r device point type rest; do
    case $point:$type:$device in
      /:*) ;;
      *:zfs:*) ;;
      *:squashfs:* | *:iso9660:* | *:udf:*) continue ;;
      *:/dev/*) ;;
      *) continue ;;
    esac
    case $seen in *" $device "*) continue ;; esac
    [ -d "$(printf '%b' "$point")" ] || continue
    seen="$seen$device "
    space=$(df_field 5 -P "$(printf '%b' "$point")")
    inodes=$(df_field 5 -P -i "$(printf '%b' "$point")")
    say filesystem "$type|${space:-unknown}|${inodes:-unknown}|$point"
  done </proc/mounts
}

# Rules are not listed: asking for them can load kernel modules.
firewall() {
  found='' asked=''
  if [ -d /run/systemd/system ] && has systemctl; then
    asked=yes
    for unit in firewalld nftables iptables ip6tables SuSEfirewall2; do
      limited systemctl is-active --quiet "$unit" 2>/dev/null && found="$found $unit"
    done
  elif [ -d /var/lock/subsys ]; then
    asked=yes
    for unit in iptables ip6tables; do
      [ -e "/var/lock/subsys/$unit" ] && found="$found $unit"
    done
  fi
  if [ -r /etc/ufw/ufw.conf ]; then
    asked=yes
    grep -qi '^ENABLED=yes' /etc/ufw/ufw.conf && found="$found ufw"
  fi
  [ -n "$asked" ] && echo "${found:-none}"
}

# Where a proxy is set, never its address: that may carry a password.
proxy() {
  found=''
  [ -n "${http_proxy:-}${https_proxy:-}${all_proxy:-}${HTTP_PROXY:-}${HTTPS_PROXY:-}" ] &&
    found=' environment'
  has grep || return
  for file in /etc/environment /etc/profile /etc/profile.d/*.sh /etc/sysconfig/proxy; do
    [ -r "$file" ] && grep -Eqi '^[^#]*(https?|all)_proxy="?[^"[:space:]]' "$file" &&
      found="$found $file"
  done
  echo "${found:-none}"
}

# present, other (of other kernels only) or missing, for files of /boot that begin so.
boot_file() {
  [ -r /boot ] || return
  kernel=$(uname -r) state=missing
  for prefix in "$@"; do
    for file in "/boot/$prefix"*; do
      case $file in
        *"$kernel"*) [ -e "$file" ] && state=present && break 2 ;;
        *) [ -e "$file" ] && state=other ;;
      esac
    done
  done
  echo "$state"
}

boot_loader() {
  [ -r /boot ] || return
  for file in /boot/grub2/grub.cfg /boot/grub/grub.cfg /boot/grub/grub.conf /boot/grub/menu.lst \
    /boot/efi/EFI/*/grub.cfg /boot/extlinux/extlinux.conf /boot/loader/loader.conf; do
    [ -e "$file" ] && echo "$file" && return
  done
  echo missing
}

client() {
  [ -r /proc/self/comm ] || return
  for process in /proc/[0-9]*; do
    # The kernel keeps 15 letters of the name.
    read -r name 2>/dev/null <"$process/comm" || continue
    case $name in go2aliyun_clien*) echo running && return ;; esac
  done
  if [ -e /smc ]; then echo installed; else echo absent; fi
}

outbound() {
  host=${service%:*} port=${service##*:} status=''
  if has bash && has timeout; then
    timeout 5 bash -c '</dev/tcp/$0/$1' "$host" "$port" >/dev/null 2>&1
    status=$?
  elif has curl; then
    curl -s -o /dev/null --noproxy '*' --connect-timeout 5 --max-time 8 "https://$host:$port/"
    status=$?
    # 6 and 7: no such name, no connection; 28: too late; any other answer came from the service.
    case $status in 6 | 7 | 28) ;; *) status=0 ;; esac
  elif has nc && has timeout; then
    timeout 5 nc -z "$host" "$port" >/dev/null 2>&1
    status=$?
  fi
  case $status in '') ;; 0) echo open ;; *) echo closed ;; esac
}

logical_volumes() {
  [ -d /sys/block ] || return
  count=0
  for file in /sys/block/dm-*/dm/uuid; do
    read -r uuid 2>/dev/null <"$file" || continue
    case $uuid in LVM-*) count=$((count + 1)) ;; esac
  done
  echo "$count"
}

memory_percent=''
memory
say architecture "$(uname -m)"
say kernel "$(uname -r)"
say cpu_percent "$(cpu)"
say memory_percent "$memory_percent"
say swap_kib "${memory_percent:+$swap}"
say logical_volumes "$(logical_volumes)"
filesystems
say firewall "$(firewall)"
say proxy "$(proxy)"
say initramfs "$(boot_file initr)"
say kernel_image "$(boot_file vmlinuz vmlinux Image kernel)"
say boot_loader "$(boot_loader)"
say client "$(client)"
if [ -d /smc ]; then home=/smc; else home=/; fi
say client_free_kib "$(df_field 4 -P -k "$home")"
if has rsync; then say rsync present; else say rsync missing; fi
say service "$service"
say outbound "$(outbound)"
# Cloud Assistant cuts what is too long: without this line nothing is known to be whole.
say complete yes
